package billing

// IssueDates refuses the dates of an issue that cannot be.
var IssueDates = issueDates

// ClearDrafts throws some drafts of a run away, as its next preparation does.
var ClearDrafts = clearDrafts

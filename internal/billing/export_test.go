package billing

// ClearDrafts throws some drafts of a run away, as its next preparation does.
var ClearDrafts = clearDrafts

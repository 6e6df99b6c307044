package office

// ActName is how the journal's page says an act.
var ActName = actName

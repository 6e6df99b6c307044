package signin

// Keys gives the tests the town's keys for signing in.
var Keys = keys

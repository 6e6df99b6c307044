package identity

// Wait gives the tests of the rules the delay of a try.
var Wait = wait

package identity

// Wait gives the tests of the rules the delay of a try.
var Wait = wait

// CodeWait gives the tests of the rules the delay of a code.
var CodeWait = codeWait

// Mismatch gives the tests of the rules the comparison of a claim with an account.
var Mismatch = mismatch

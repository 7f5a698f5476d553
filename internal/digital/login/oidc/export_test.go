package oidc

// CheckIn is Check within a transaction, so that a test can undo what it planted.
var CheckIn = check

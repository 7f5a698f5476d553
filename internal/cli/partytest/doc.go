// Package partytest lets relying parties that know nothing of Kado log people in
// at its provider, and grades them with kado conform: the samples with
// coreos/go-oidc and openid-client, Apache with mod_auth_openidc, and Python with
// Authlib. It holds tests only; `make deps` installs what is needed.
package partytest

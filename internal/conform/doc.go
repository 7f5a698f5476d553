// Package conform grades a relying party of OpenID Connect from outside: it
// plays a provider that misbehaves in one way at a time, plays the browser of
// somebody who logs in, and looks whether the relying party let the browser in.
// A few logins are in order, so that refusing everything is no way to pass.
//
// The provider has the paths of the national digital authentication service
// (issuer <base>/api/realms/main), so that the relying party under test is
// configured as for that service, with another host name.
package conform

package rfc5280

// Exempted are the lints that are not run, each with its reason.
var Exempted = map[string]string{
	"w_distribution_point_missing_ldap_or_uri": "chapters 8.1 and 9.5: the distribution points of JPKI are directory names " +
		"without any address; relying parties reach the list through their own connection. RFC 5280, 4.2.1.13 only says SHOULD.",
}

package csr

import "encoding/asn1"

// oidName returns the name of an OID, or the OID itself.
func oidName(names map[string]string, oid asn1.ObjectIdentifier) string {
	if name := names[oid.String()]; name != "" {
		return name
	}
	return oid.String()
}

// attributeNames are the short names of subjects (RFC 4514 section 3, RFC 4519,
// RFC 2985; SN, GN and the jurisdiction's of the CA/Browser Forum's EV
// Guidelines as openssl has them).
func attributeNames() map[string]string {
	return map[string]string{
		"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "street",
		"2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description", "2.5.4.15": "businessCategory",
		"2.5.4.17": "postalCode", "2.5.4.20": "telephoneNumber", "2.5.4.42": "GN", "2.5.4.43": "initials", "2.5.4.46": "dnQualifier",
		"2.5.4.97": "organizationIdentifier", "1.2.840.113549.1.9.1": "emailAddress", "1.2.840.113549.1.9.2": "unstructuredName",
		"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
		"1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST", "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
	}
}

// extensionNames are those of RFC 5280 section 4.2 and others that are common.
func extensionNames() map[string]string {
	return map[string]string{
		"2.5.29.14": "subjectKeyIdentifier", "2.5.29.15": "keyUsage", "2.5.29.16": "privateKeyUsagePeriod", "2.5.29.17": "subjectAltName",
		"2.5.29.18": "issuerAltName", "2.5.29.19": "basicConstraints", "2.5.29.30": "nameConstraints", "2.5.29.31": "cRLDistributionPoints",
		"2.5.29.32": "certificatePolicies", "2.5.29.33": "policyMappings", "2.5.29.35": "authorityKeyIdentifier", "2.5.29.36": "policyConstraints",
		"2.5.29.37": "extKeyUsage", "2.5.29.46": "freshestCRL", "2.5.29.54": "inhibitAnyPolicy",
		"1.3.6.1.5.5.7.1.1": "authorityInfoAccess", "1.3.6.1.5.5.7.1.11": "subjectInfoAccess", "1.3.6.1.5.5.7.1.24": "tlsFeature",
		"1.3.6.1.4.1.11129.2.4.2": "signedCertificateTimestamps", "1.3.6.1.4.1.11129.2.4.3": "precertificatePoison",
		"1.3.6.1.4.1.311.20.2": "msCertificateTemplateName", "1.3.6.1.4.1.311.21.7": "msCertificateTemplate", "2.16.840.1.113730.1.1": "netscapeCertType",
	}
}

// usageNames are the purposes of extKeyUsage (RFC 5280 section 4.2.1.12).
func usageNames() map[string]string {
	return map[string]string{
		"1.3.6.1.5.5.7.3.1": "serverAuth", "1.3.6.1.5.5.7.3.2": "clientAuth", "1.3.6.1.5.5.7.3.3": "codeSigning", "1.3.6.1.5.5.7.3.4": "emailProtection",
		"1.3.6.1.5.5.7.3.8": "timeStamping", "1.3.6.1.5.5.7.3.9": "OCSPSigning", "2.5.29.37.0": "anyExtendedKeyUsage",
	}
}

// keyNames are the kinds of public keys that csrd has no name for (RFC 3279,
// RFC 4055, RFC 8410, FIPS 204).
func keyNames() map[string]string {
	return map[string]string{
		"1.2.840.113549.1.1.1": "RSA", "1.2.840.113549.1.1.10": "RSA-PSS", "1.2.840.10040.4.1": "DSA", "1.2.840.10045.2.1": "ECC",
		"1.3.101.110": "X25519", "1.3.101.111": "X448", "1.3.101.112": "EdDSA", "1.3.101.113": "EdDSA",
		"2.16.840.1.101.3.4.3.17": "ML-DSA", "2.16.840.1.101.3.4.3.18": "ML-DSA", "2.16.840.1.101.3.4.3.19": "ML-DSA",
	}
}

// curveNames are those of openssl for curves that csrd has no name for (SEC 2,
// RFC 5639).
func curveNames() map[string]string {
	return map[string]string{
		"1.2.840.10045.3.1.1": "prime192v1", "1.2.840.10045.3.1.7": "prime256v1", "1.3.132.0.33": "secp224r1", "1.3.132.0.34": "secp384r1",
		"1.3.132.0.35": "secp521r1", "1.3.132.0.10": "secp256k1", "1.2.156.10197.1.301": "sm2p256v1",
		"1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1", "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1", "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
	}
}

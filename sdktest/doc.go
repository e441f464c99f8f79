// Package sdktest drives csrd with unmodified official SDKs, in its tests: the
// Go SDK's CommonRequest and the typed client of the Node SDK. It is a module
// of its own so that the service depends on no SDK.
package sdktest

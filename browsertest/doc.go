// Package browsertest drives the pages of csrd, the console and the API
// Explorer, in a real Chromium against the real program. It is a module of its
// own, so that csrd does not depend on what drives a browser. README.md says
// how to run it.
package browsertest

// Command csrd keeps certificate signing requests and their private keys, and
// speaks the wire protocol of Tencent Cloud's SSL API.
package main

import (
	"os"

	"csrd/internal/cli"
)

func main() { os.Exit(cli.Main()) }

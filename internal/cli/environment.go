package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Secrets have no flag: ps would show it.
const (
	envSecretKey      = "CSRD_SECRET_KEY"
	envToken          = "CSRD_TOKEN"
	envMasterKey      = "CSRD_MASTER_KEY"
	envMasterKeyNext  = "CSRD_MASTER_KEY_NEXT"
	envVaultToken     = "CSRD_VAULT_TOKEN"
	envRootUin        = "CSRD_ROOT_UIN"
	envRootSecretID   = "CSRD_ROOT_SECRET_ID"
	envRootSecretKey  = "CSRD_ROOT_SECRET_KEY"
	envKeyPassword    = "CSRD_KEY_PASSWORD"
	envExportPassword = "CSRD_EXPORT_PASSWORD"

	envRateLimitPassword = "CSRD_RATE_LIMIT_STORE_PASSWORD"
)

// noEnvironment marks flags that the environment does not set.
const noEnvironment = "csrd-no-environment"

func environmentName(flag *pflag.Flag) (name string, ok bool) {
	if _, none := flag.Annotations[noEnvironment]; none || flag.Name == "help" || flag.Name == "version" {
		return "", false
	}
	return "CSRD_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_")), true
}

// flagsFromEnvironment sets the flags that were not given from the environment.
func flagsFromEnvironment(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(flag *pflag.Flag) {
		name, ok := environmentName(flag)
		if !ok || flag.Changed || err != nil {
			return
		}
		value, set := os.LookupEnv(name)
		if !set || value == "" {
			return
		}
		if failed := flags.Set(flag.Name, value); failed != nil {
			err = fmt.Errorf("%s: %w", name, failed)
		}
	})
	return err
}

// nameEnvironment adds each flag's name in the environment to its help.
func nameEnvironment(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if name, ok := environmentName(flag); ok && !strings.HasSuffix(flag.Usage, "]") {
			flag.Usage += " [$" + name + "]"
		}
	})
	for _, child := range cmd.Commands() {
		nameEnvironment(child)
	}
}

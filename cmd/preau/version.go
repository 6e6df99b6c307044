package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version says which program this is.
func version(_ context.Context, s streams, args []string) error {
	f := flags(s, "version", "", "Says which version of Préau this is, and what it was built with.")
	if err := parse(f, s, args, 0, 0); err != nil {
		return err
	}
	name, commit := "(development)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			name = v
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = ", commit " + setting.Value
			}
		}
	}
	fmt.Fprintf(s.out, "preau %s%s, %s %s/%s\n", name, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// Command gen writes the embedded list of communes: gen OUT COMMUNES.JSON DEPARTEMENTS.JSON, both from the npm package
// @etalab/decoupage-administratif (data/).
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

type commune struct {
	Code       string   `json:"code"`
	Name       string   `json:"nom"`
	Kind       string   `json:"type"`
	Department string   `json:"departement"`
	Old        []string `json:"anciensCodes"`
}

type department struct {
	Code string `json:"code"`
	Name string `json:"nom"`
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: gen OUT COMMUNES.JSON DEPARTEMENTS.JSON")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write puts down departments ("=78 Yvelines"), each followed by its communes: the code without the department's digits, the name. A
// commune that no longer exists follows with the code it has or had; a code that has only been absorbed has no name of its own.
func write(out, communes, departments string) error {
	var all []commune
	var heads []department
	if err := read(communes, &all); err != nil {
		return err
	}
	if err := read(departments, &heads); err != nil {
		return err
	}
	lines := map[string][]string{}
	for _, c := range all {
		lines[c.Department] = append(lines[c.Department], strings.TrimPrefix(c.Code, c.Department)+" "+c.Name)
		for _, old := range c.Old {
			if !slices.ContainsFunc(all, func(o commune) bool { return o.Code == old }) && strings.HasPrefix(old, c.Department) {
				lines[c.Department] = append(lines[c.Department], strings.TrimPrefix(old, c.Department)+" "+c.Name)
			}
		}
	}
	var b strings.Builder
	for _, d := range heads {
		if list := lines[d.Code]; len(list) > 0 {
			slices.Sort(list)
			fmt.Fprintf(&b, "=%s %s\n%s\n", d.Code, d.Name, strings.Join(slices.Compact(list), "\n"))
		}
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write([]byte(b.String())); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(out, packed.Bytes(), 0o644)
}

func read(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

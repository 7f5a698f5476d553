package house

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// tableless is the one package that may name tables of no office: it knows the
// engines' own catalogues and copies tables it does not understand.
const tableless = "internal/platform/db"

// Words of SQL after which a table is named. SQL is written in capitals, so
// English sentences are not mistaken for it; lowercaseSQL finds statements that
// would slip through.
var (
	tableAfter = regexp.MustCompile(`\b(FROM|JOIN|INTO|UPDATE|TABLE(?: IF (?:NOT )?EXISTS)?|TRUNCATE|REFERENCES|INDEX(?: IF NOT EXISTS)?\s+[a-z_0-9]+\s+ON|TRIGGER\s+[a-z_0-9]+\s[A-Z ]+\sON)\s+((?:["a-zA-Z_%{][^\s(),;]*)(?:(?:\s+(?:AS\s+)?[a-z][a-z_0-9]*)?\s*,\s*["a-zA-Z_%{][^\s(),;]*)*)`)
	openEnd    = regexp.MustCompile(`\b(FROM|JOIN|INTO|TABLE(?: IF (?:NOT )?EXISTS)?|REFERENCES)\s+"?$`)
	withName   = regexp.MustCompile(`(?:\bWITH(?: RECURSIVE)?|\)\s*,)\s+([a-z_0-9]+)(?:\s*\([^()]*\))?\s+AS\s*\(`)
	distinct   = regexp.MustCompile(`\bDISTINCT\s+$`)

	lowercaseSQL = regexp.MustCompile(`^\s*(?:select\s.+\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|create\s+(?:table|index)\s|drop\s+table\s|alter\s+table\s)`)
	versionTable = regexp.MustCompile(`^[a-z]+_schema$`)
)

// notTables are words that follow UPDATE or FROM in SQL without being tables.
var notTables = map[string]bool{"SET": true, "SKIP": true, "NOWAIT": true, "OF": true, "NO": true, "ON": true, "OR": true, "LATERAL": true}

// prefixOf returns the prefix of the tables that code in dir may touch, and
// false where the rule does not hold.
func prefixOf(dir string) (string, bool) {
	if office := officeOf(dir); office != "" {
		return path.Base(office) + "_", true
	}
	if rest, ok := strings.CutPrefix(dir, "internal/platform/"); ok && !within(dir, tableless) {
		name, _, _ := strings.Cut(rest, "/")
		return name + "_", true
	}
	return "", false
}

// Tables checks the second half of house rule 2: SQL under an office or a
// platform package names only tables that carry the package's own name, and
// never a table made up at run time. The same holds for the version tables,
// which are <office>_schema by the name given in db.Schema. Tests are free: they look
// into other offices' tables and plant damage there, as an attacker would.
func Tables(t *Tree) []Breach {
	var out []Breach
	for _, p := range t.Files {
		if prefix, ok := prefixOf(path.Dir(p)); ok && path.Ext(p) == ".sql" {
			out = append(out, foreignTables(p, 1, string(t.Text(p)), prefix, nil)...)
		}
	}
	for _, f := range t.Go {
		prefix, ok := prefixOf(f.Dir)
		if !ok || f.Test {
			continue
		}
		named := namedQueries(f.AST)
		types := &textCheck{f: f, names: f.names()}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok && types.isType(lit.Type, module+"/"+tableless, "Schema") {
				if office, ok := types.value(fields(lit)["Office"]); !ok || office+"_" != prefix {
					out = append(out, t.breach(f, lit, "the schema's office must be written out as %q", strings.TrimSuffix(prefix, "_")))
				}
			}
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				return true
			}
			line := t.line(lit.Pos())
			if lowercaseSQL.MatchString(s) {
				out = append(out, Breach{f.Path, line, "SQL in small letters: write its words in capitals, so that its tables can be checked"})
			}
			if openEnd.MatchString(s) {
				out = append(out, Breach{f.Path, line, "a table name is joined on at run time: write it out"})
			}
			if versionTable.MatchString(s) && s != prefix+"schema" {
				out = append(out, Breach{f.Path, line, "version table " + s + " does not belong to this office"})
			}
			out = append(out, foreignTables(f.Path, line, s, prefix, named)...)
			return true
		})
	}
	return out
}

// namedQueries collects the names given by WITH anywhere in a file, because a
// statement may be put together from several literals.
func namedQueries(f *ast.File) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			for _, m := range withName.FindAllStringSubmatch(lit.Value, -1) {
				out[m[1]] = true
			}
		}
		return true
	})
	return out
}

var sqlComment = regexp.MustCompile(`--[^\n]*`)

func foreignTables(p string, line int, sql, prefix string, named map[string]bool) []Breach {
	var out []Breach
	// Comments go, lines stay.
	sql = sqlComment.ReplaceAllString(sql, "")
	with := map[string]bool{}
	for _, m := range withName.FindAllStringSubmatch(sql, -1) {
		with[m[1]] = true
	}
	for _, m := range tableAfter.FindAllStringSubmatchIndex(sql, -1) {
		if sql[m[2]:m[3]] == "FROM" && distinct.MatchString(sql[:m[2]]) {
			continue // IS DISTINCT FROM compares, it names no table
		}
		if word := sql[m[2]:m[3]]; (word == "FROM" || word == "JOIN") && strings.HasPrefix(sql[m[5]:], "(") {
			continue // a function that returns rows
		}
		at := line + strings.Count(sql[:m[4]], "\n")
		for _, name := range strings.Split(sql[m[4]:m[5]], ",") {
			name = strings.Trim(strings.Fields(name)[0], `"`)
			switch {
			case notTables[name] || with[name] || named[name]:
			case strings.ContainsAny(name, "%{"):
				out = append(out, Breach{p, at, "a table name is filled in at run time: write it out"})
			case !strings.HasPrefix(name, prefix):
				out = append(out, Breach{p, at, "table " + name + " does not carry the prefix " + prefix})
			}
		}
	}
	return out
}

package main

import (
	"fmt"
	"regexp"
	"strings"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"

	// Every package that defines refusals; the test tells of a missing one.
	_ "kado/internal/agency/authority"
	_ "kado/internal/agency/cards"
	_ "kado/internal/agency/hotline"
	_ "kado/internal/agency/intake"
	_ "kado/internal/agency/intake/photo"
	_ "kado/internal/agency/production"
	_ "kado/internal/agency/validation"
	_ "kado/internal/agency/validation/switchboard"
	_ "kado/internal/cli"
	_ "kado/internal/conform"
	_ "kado/internal/corpus"
	_ "kado/internal/digital/login"
	_ "kado/internal/digital/login/oidc"
	_ "kado/internal/municipality/counter"
	_ "kado/internal/municipality/custody"
	_ "kado/internal/municipality/registry"
	_ "kado/internal/platform/db"
	_ "kado/internal/platform/journal"
	_ "kado/internal/platform/keystore"
	_ "kado/internal/platform/keystore/token"
	_ "kado/internal/platform/notice"
	_ "kado/internal/platform/staff"
	_ "kado/internal/platform/vault"
	_ "kado/internal/platform/web"
	_ "kado/internal/scenario"
	_ "kado/internal/scenario/folk"
	_ "kado/internal/server"
	_ "kado/internal/site"
	_ "kado/internal/site/next"
	_ "kado/internal/site/shelf"
	_ "kado/internal/site/ways/bridge"
	_ "kado/internal/site/ways/certificate"
	_ "kado/internal/site/ways/handover"
	_ "kado/internal/site/ways/testcard"
	_ "kado/internal/world/profiles"
	_ "kado/internal/world/shelf"
)

// ranges are the hundreds of numbers with their names.
var ranges = []struct {
	first int
	name  lang.Text
}{
	{1000, lang.Text{JA: "コマンドとファイル", EN: "Command line and files"}},
	{1100, lang.Text{JA: "データベース", EN: "Database"}},
	{1200, lang.Text{JA: "個人番号の保管庫", EN: "Vault"}},
	{1300, lang.Text{JA: "鍵の保管庫", EN: "Key store"}},
	{1400, lang.Text{JA: "職員・端末", EN: "Staff and terminals"}},
	{1500, lang.Text{JA: "記録・お知らせ", EN: "Journal and notices"}},
	{1600, lang.Text{JA: "画面", EN: "Pages"}},
	{2000, lang.Text{JA: "住民基本台帳", EN: "Resident register"}},
	{2100, lang.Text{JA: "交付申請", EN: "Applications"}},
	{2200, lang.Text{JA: "顔写真", EN: "Photo"}},
	{3000, lang.Text{JA: "カードの製造", EN: "Production"}},
	{3100, lang.Text{JA: "カードの保管", EN: "Custody"}},
	{3200, lang.Text{JA: "カードの記録", EN: "Card record"}},
	{4000, lang.Text{JA: "認証局", EN: "Certification authorities"}},
	{4100, lang.Text{JA: "失効情報・検証", EN: "Validation"}},
	{4200, lang.Text{JA: "ログイン", EN: "Login"}},
	{5000, lang.Text{JA: "窓口", EN: "Counter"}},
	{5100, lang.Text{JA: "一時停止の受付", EN: "Stop line"}},
	{6000, lang.Text{JA: "チップとリーダー", EN: "Chip and reader"}},
	{6100, lang.Text{JA: "カードを読む道具", EN: "Card tool"}},
	{6300, lang.Text{JA: "検証用の事例集", EN: "Attack corpus"}},
	{6400, lang.Text{JA: "サイトの適合試験", EN: "Conformance of relying parties"}},
	{7000, lang.Text{JA: "体験用の町", EN: "World and demonstration"}},
	{7100, lang.Text{JA: "カードの棚", EN: "Shelf of virtual cards"}},
	{7200, lang.Text{JA: "カードの一生", EN: "A card's life"}},
	{8000, lang.Text{JA: "サイト", EN: "The site"}},
	{8100, lang.Text{JA: "利用者サイトのログインと署名", EN: "Login and signing for relying parties"}},
	{8200, lang.Text{JA: "カードと読み取り機の画面", EN: "Cards and readers on the desk"}},
	{8300, lang.Text{JA: "カードをつなぐ方法", EN: "Ways of a card to the browser"}},
	{8400, lang.Text{JA: "わざと返す応答", EN: "Answers on request"}},
}

const errorsHead = `# Refusals by number

Written by ` + "`make generate`" + ` from the program; do not edit. Whatever Kado refuses, it refuses with one of these numbers, the same in page,
interface, command line and log, and leaves nothing half done. "…" stands for what is filled in.

| Class | Who has to act |
| --- | --- |
| invalid | The input is malformed or against a rule: the sender mends it. |
| not_found | What was named does not exist. |
| conflict | The present state does not permit this act. |
| forbidden | The actor may not do this. |
| unavailable | A needed part does not answer: trying later may help. |
| internal | Kado is at fault. |
`

// errorsDocument writes docs/errors.md.
func errorsDocument() []byte {
	var b strings.Builder
	b.WriteString(errorsHead)
	kinds := fault.All()
	for _, r := range ranges {
		written := false
		for _, k := range kinds {
			if k.Number/100*100 != r.first {
				continue
			}
			if !written {
				fmt.Fprintf(&b, "\n## %s（%s）\n\n| Number | Class | 何が・What | なぜ・Why | どうする・What to do |\n| --- | --- | --- | --- | --- |\n", r.name.EN, r.name.JA)
				written = true
			}
			fmt.Fprintf(&b, "| **%s** | %s | %s | %s | %s |\n", k.Code(), k.Class, both(filled(k.What)), both(k.Why), both(k.Cure))
		}
	}
	return []byte(b.String())
}

var verb = regexp.MustCompile(`%[-+# 0]*(?:\[\d+\])?\d*(?:\.\d*)?(?:\[\d+\])?[a-zA-Z]`)

// filled shows the places of arguments as "…". A text without arguments is
// shown as it stands, as lang.Text.With does.
func filled(t lang.Text) lang.Text {
	fill := func(s string) string {
		// A text that never takes arguments is not a format.
		if !verb.MatchString(strings.ReplaceAll(s, "%%", "")) {
			return s
		}
		parts := strings.Split(s, "%%")
		for i := range parts {
			parts[i] = verb.ReplaceAllString(parts[i], "…")
		}
		return strings.Join(parts, "%")
	}
	return lang.Text{JA: fill(t.JA), EN: fill(t.EN)}
}

func both(t lang.Text) string { return cell(t.JA) + "<br>" + cell(t.EN) }

// cell makes text fit for a table: no bar, no line break, no markup.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`).Replace(s)
}

package site

import (
	"time"

	"kado/internal/platform/web"
)

var texts = web.Texts{
	"site.home.title":     {JA: "Kado へようこそ", EN: "Welcome to Kado"},
	"site.home.lead":      {JA: "マイナンバーカードの仕組み全体が、この1台の中で動いています。", EN: "The whole My Number Card system is running on this one machine."},
	"site.home.roles":     {JA: "何をしますか", EN: "What would you like to do?"},
	"site.home.devs":      {JA: "開発者のために", EN: "For developers"},
	"site.home.story":     {JA: "画面の見本帳", EN: "Storybook of every page"},
	"site.home.discovery": {JA: "OpenID Connectの設定（JSON）", EN: "OpenID Connect configuration (JSON)"},
	"site.home.metrics":   {JA: "計測値（Prometheus 形式）", EN: "Metrics, for Prometheus"},
	"site.clock.tile":     {JA: "時計を進める", EN: "Move the clock"},
	"site.clock.title":    {JA: "この世界の時計", EN: "The clock of this world"},
	"site.clock.about":    {JA: "有効期限や更新の時期を、待たずに試せます。", EN: "See what expiry and renewal bring, without waiting."},
	"site.clock.now":      {JA: "今の時刻", EN: "Now"},
	"site.clock.by":       {JA: "まとめて進める", EN: "Move forward by"},
	"site.clock.day":      {JA: "1日", EN: "a day"},
	"site.clock.month":    {JA: "30日", EN: "30 days"},
	"site.clock.year":     {JA: "1年", EN: "a year"},
	"site.clock.five":     {JA: "5年", EN: "five years"},
	"site.clock.to":       {JA: "時刻を指定して進める（日本時間）", EN: "Move forward to (time in Japan)"},
	"site.clock.go":       {JA: "進める", EN: "Move"},
	"site.clock.hint":     {JA: "時計は戻せません。進めると、その日までに起こるはずの処理（通知の発送など）が行われます。", EN: "The clock never goes back. What is due by then, such as notices, happens when it moves."},
}

func stories(tiles []Tile) []web.Story {
	return []web.Story{
		{Name: "home", Page: web.Page{Name: "site/home", Title: texts["site.home.title"], Data: home{tiles, true}}},
		{Name: "clock", Page: web.Page{Name: "site/clock", Title: texts["site.clock.title"], Data: viewClock(time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC))}},
	}
}

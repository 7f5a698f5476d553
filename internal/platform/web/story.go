package web

import (
	"net/http"
	"sort"

	"kado/internal/platform/lang"
)

type storyRow struct{ Room, Name, Path string }

// Storybook serves /storybook: every page of every room with sample data.
func (s *Shell) Storybook(mux *http.ServeMux) {
	mux.HandleFunc("GET /storybook", func(w http.ResponseWriter, r *http.Request) {
		s.Render(w, r, Page{Name: "shell/storybook", Title: shellTexts["shell.storybook.title"], Data: s.stories()})
	})
	mux.HandleFunc("GET /storybook/{room}/{story}", func(w http.ResponseWriter, r *http.Request) {
		for _, story := range s.rooms[r.PathValue("room")].Stories {
			if story.Name == r.PathValue("story") {
				p := story.Page
				p.Status, p.Refresh = 0, 0
				if story.In != nil {
					p.Data = story.In(Language(r))
				}
				s.Render(w, r, p)
				return
			}
		}
		s.Fault(w, r, NoPage.New())
	})
}

// StoryPaths lists the paths of all stories in order.
func (s *Shell) StoryPaths() []string {
	var out []string
	for _, row := range s.stories() {
		out = append(out, row.Path)
	}
	return out
}

func (s *Shell) stories() []storyRow {
	var out []storyRow
	for name, room := range s.rooms {
		for _, story := range room.Stories {
			out = append(out, storyRow{name, story.Name, "/storybook/" + name + "/" + story.Name})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out
}

func shellStories() []Story {
	return []Story{
		{Name: "fault", Page: Page{Name: "shell/fault", Title: NoPage.What}, In: func(l lang.Lang) any {
			return Refusal{NoPage.Code(), NoPage.What.In(l), NoPage.Why.In(l), NoPage.Cure.In(l)}
		}},
		{Name: "storybook", Page: Page{Name: "shell/storybook", Title: shellTexts["shell.storybook.title"], Data: []storyRow{{"shell", "fault", "/storybook/shell/fault"}}}},
	}
}

var shellTexts = Texts{
	"shell.skip":            {JA: "本文へ移動", EN: "Skip to the main text"},
	"shell.sandbox":         {JA: "練習用：ここにいる人・カード・証明書はすべて架空です", EN: "Sandbox: every person, card and certificate here is fictitious"},
	"shell.menu":            {JA: "メニュー", EN: "Menu"},
	"shell.home":            {JA: "最初のページ", EN: "First page"},
	"shell.clock":           {JA: "この世界の時刻：%s", EN: "Time in this world: %s"},
	"shell.fault.why":       {JA: "理由", EN: "Why"},
	"shell.fault.cure":      {JA: "次にすること", EN: "What to do next"},
	"shell.fault.number":    {JA: "番号", EN: "Number"},
	"shell.storybook.title": {JA: "画面の見本帳", EN: "Storybook"},
	"shell.storybook.about": {JA: "すべての画面を見本のデータで開けます。", EN: "Every page, with sample data."},
	"shell.foot":            {JA: "Kado：マイナンバーカードの仕組みを手元で動かす", EN: "Kado: the My Number Card system on your own machine"},
}

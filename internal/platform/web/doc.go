// Package web is the page shell that every office's pages stand in: layout,
// catalogue of texts in both languages, forms, refusals shown as pages or as
// problem documents, security headers, request logs that hold no secrets, health
// and metrics.
//
// An office brings a Room: its templates, its texts and sample data for each of
// its pages. The shell checks when it is made that every text a template names
// exists, so that a half-translated page cannot be served:
//
//	//go:embed pages/*.html
//	var pages embed.FS
//
//	shell.Add(web.Room{Name: "login", Pages: pages, Texts: texts, Stories: stories})
//	shell.Render(w, r, web.Page{Name: "login/consent", Title: texts["login.consent.title"], Data: d})
//
// Pages work without scripts. Where a script helps, it is htmx from the binary
// itself; the content security policy permits nothing from elsewhere.
package web

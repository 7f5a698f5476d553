package production

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

var (
	actPlaced = journal.DefineAct(journal.Act{Code: "production.placed",
		Text: lang.Text{JA: "カードの製造を指示", EN: "Production of the card ordered"}})
	actStarted = journal.DefineAct(journal.Act{Code: "production.started",
		Text: lang.Text{JA: "カードへの書込みを開始", EN: "Writing of the card begun"}})
	actWritten = journal.DefineAct(journal.Act{Code: "production.written",
		Text: lang.Text{JA: "カードへの書込みを完了", EN: "Card written"}, Details: []string{"signature_key", "authentication_key", "bytes"}})
	actInspected = journal.DefineAct(journal.Act{Code: "production.inspected",
		Text: lang.Text{JA: "カードを別の職員が検査", EN: "Card inspected by another person"}, Details: []string{"files"}})
	actFailed = journal.DefineAct(journal.Act{Code: "production.failed",
		Text: lang.Text{JA: "カードを製造不良として処分", EN: "Card failed in production"}})
	actConsigned = journal.DefineAct(journal.Act{Code: "production.consigned",
		Text: lang.Text{JA: "カードを市区町村へ発送", EN: "Card sent to the municipality"}, Details: []string{"consignment", "municipality"}})
	actArrived = journal.DefineAct(journal.Act{Code: "production.arrived",
		Text: lang.Text{JA: "発送の到着を照合", EN: "Consignment arrived and matched"}, Details: []string{"consignment", "cards"}})
	actStopped = journal.DefineAct(journal.Act{Code: "production.stopped",
		Text: lang.Text{JA: "送り状と一致しないため発送を停止", EN: "Consignment stopped: does not match"}, Details: []string{"consignment", "missing", "foreign"}})
	actWrappedKeyDeleted = journal.DefineAct(journal.Act{Code: "production.wrapped_key_deleted",
		Text: lang.Text{JA: "暗号化された署名用の鍵の写しを削除", EN: "Copy of the encrypted signature key deleted"}, Details: []string{"wrapped_sha256"}})
)

package site

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// ClockBack refuses a move of the sandbox's clock that it cannot make.
var ClockBack = fault.Define(fault.Kind{
	Number: 8001, Class: fault.Invalid,
	What: lang.Text{JA: "時計をその時刻にはできません。", EN: "The clock cannot be set to that time."},
	Why:  lang.Text{JA: "記録の順序が崩れるため時計は戻せません。一度に進められるのは20年までです。", EN: "It never goes back, since records are in order, and moves at most twenty years at once."},
	Cure: lang.Text{JA: "今より後の時刻を指定してください。戻りたいときは、別のフォルダで新しい世界を始めてください。", EN: "Name a later time. To go back, start a new world in another folder."},
})

package scenario

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// What can go wrong in a life.
var (
	NotRefused = fault.Define(fault.Kind{
		Number: 7201, Class: fault.Internal,
		What: lang.Text{JA: "段階%dで、断られるはずのことが通りました。", EN: "In step %d something passed that must be refused."},
		Why:  lang.Text{JA: "守るべき決まりの一つが破れています。", EN: "One of the properties that must hold does not."},
		Cure: lang.Text{JA: "Kado の欠陥です。種と時計を添えて知らせてください。", EN: "This is a defect of Kado: report it with seed and clock."},
	})
	WrongRefusal = fault.Define(fault.Kind{
		Number: 7202, Class: fault.Internal,
		What: lang.Text{JA: "段階%dで、断られましたが理由が違います。", EN: "Step %d was refused, but for another reason than it must be."},
		Why:  lang.Text{JA: "正しい拒否は、それぞれ決まった番号を持ちます。", EN: "Each refusal has its own number."},
		Cure: lang.Text{JA: "Kado の欠陥です。種と時計を添えて知らせてください。", EN: "This is a defect of Kado: report it with seed and clock."},
	})
	DoesNotHold = fault.Define(fault.Kind{
		Number: 7203, Class: fault.Internal,
		What: lang.Text{JA: "成り立つはずのことが成り立ちません：%s", EN: "Something does not hold that must: %s"},
		Why:  lang.Text{JA: "事務所どうしの記録、またはカードの中身が食い違っています。", EN: "Records of the offices, or what the card says, differ."},
		Cure: lang.Text{JA: "Kado の欠陥です。種と時計を添えて知らせてください。", EN: "This is a defect of Kado: report it with seed and clock."},
	})
	NoLivingCertificate = fault.Define(fault.Kind{
		Number: 7204, Class: fault.Internal,
		What: lang.Text{JA: "有効な電子証明書（%s）がありません。", EN: "There is no living %s certificate."},
		Why:  lang.Text{JA: "前の段階で有効になっているはずです。", EN: "An earlier step should have made it valid."},
		Cure: lang.Text{JA: "Kado の欠陥です。種と時計を添えて知らせてください。", EN: "This is a defect of Kado: report it with seed and clock."},
	})
	NoAdult = fault.Define(fault.Kind{
		Number: 7205, Class: fault.Conflict,
		What: lang.Text{JA: "この町には、次にカードを作れる成人がもういません。", EN: "This town has no further adult to get a card."},
		Why:  lang.Text{JA: "一度の実行で一人ずつ、町の名簿の順に進みます。", EN: "Each run takes the next adult of the town's list."},
		Cure: lang.Text{JA: "別のフォルダで新しい町を作ってください。", EN: "Make a new town in another folder."},
	})
)

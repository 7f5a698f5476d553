package photo

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// firstContentNumber parts the formal findings (below) from the content
// findings (at and above), which a named reviewer may override.
const firstContentNumber = 2220

const (
	cureSizeJA = "縦・横それぞれ480～6,000ピクセル、20KiB～7MiBのJPEGで撮り直すか、元の写真から作り直してください。"
	cureSizeEN = "Take the photo again, or export it again from the original, as a JPEG of 480 to 6,000 pixels each way and 20 KiB to 7 MiB."
)

// Formal findings. Each limit is inclusive and the measured value is told.
var (
	NotJPEG = fault.Define(fault.Kind{
		Number: 2200, Class: fault.Invalid,
		What: lang.Text{JA: "写真のファイルがJPEG形式ではありません。", EN: "The photo file is not a JPEG."},
		Why:  lang.Text{JA: "受け付けるのはJPEG形式だけです。ファイル名ではなく中身で判定しています。", EN: "Only JPEG is accepted. The content decides, not the file name."},
		Cure: lang.Text{JA: "写真をJPEG形式で保存し直してください。拡張子を変えるだけでは変換されません。", EN: "Save the photo as JPEG. Changing the file name does not convert it."},
	})
	Damaged = fault.Define(fault.Kind{
		Number: 2201, Class: fault.Invalid,
		What: lang.Text{JA: "写真のファイルが壊れているか、途中で切れています。", EN: "The photo file is damaged or cut short."},
		Why:  lang.Text{JA: "画像を最後まで読み取れないため、カードに印刷できません。", EN: "The image cannot be read to its end, so it cannot be printed on a card."},
		Cure: lang.Text{JA: "元の写真を開けることを確かめてから、もう一度送ってください。", EN: "Check that the original opens, then send it again."},
	})
	TooFewBytes = fault.Define(fault.Kind{
		Number: 2202, Class: fault.Invalid,
		What: lang.Text{JA: "写真のファイルが小さすぎます（%dバイト）。", EN: "The photo file is too small (%d bytes)."},
		Why:  lang.Text{JA: "ファイルの大きさは20KiB（20,480バイト）以上と決められています。", EN: "The file must have at least 20 KiB (20,480 bytes)."},
		Cure: lang.Text{JA: cureSizeJA, EN: cureSizeEN},
	})
	TooManyBytes = fault.Define(fault.Kind{
		Number: 2203, Class: fault.Invalid,
		What: lang.Text{JA: "写真のファイルが大きすぎます（%dバイト）。", EN: "The photo file is too large (%d bytes)."},
		Why:  lang.Text{JA: "ファイルの大きさは7MiB（7,340,032バイト）以下と決められています。", EN: "The file must have at most 7 MiB (7,340,032 bytes)."},
		Cure: lang.Text{JA: cureSizeJA, EN: cureSizeEN},
	})
	TooNarrow = fault.Define(fault.Kind{
		Number: 2204, Class: fault.Invalid,
		What: lang.Text{JA: "写真の幅が足りません（%dピクセル）。", EN: "The photo is too narrow (%d pixels)."},
		Why:  lang.Text{JA: "幅は480ピクセル以上と決められています。", EN: "The width must be at least 480 pixels."},
		Cure: lang.Text{JA: cureSizeJA, EN: cureSizeEN},
	})
	TooWide = fault.Define(fault.Kind{
		Number: 2205, Class: fault.Invalid,
		What: lang.Text{JA: "写真の幅が大きすぎます（%dピクセル）。", EN: "The photo is too wide (%d pixels)."},
		Why:  lang.Text{JA: "幅は6,000ピクセル以下と決められています。", EN: "The width must be at most 6,000 pixels."},
		Cure: lang.Text{JA: cureSizeJA, EN: cureSizeEN},
	})
	TooLow = fault.Define(fault.Kind{
		Number: 2206, Class: fault.Invalid,
		What: lang.Text{JA: "写真の高さが足りません（%dピクセル）。", EN: "The photo is not high enough (%d pixels)."},
		Why:  lang.Text{JA: "高さは480ピクセル以上と決められています。", EN: "The height must be at least 480 pixels."},
		Cure: lang.Text{JA: cureSizeJA, EN: cureSizeEN},
	})
	TooHigh = fault.Define(fault.Kind{
		Number: 2207, Class: fault.Invalid,
		What: lang.Text{JA: "写真の高さが大きすぎます（%dピクセル）。", EN: "The photo is too high (%d pixels)."},
		Why:  lang.Text{JA: "高さは6,000ピクセル以下と決められています。", EN: "The height must be at most 6,000 pixels."},
		Cure: lang.Text{JA: cureSizeJA, EN: cureSizeEN},
	})
	PrintColours = fault.Define(fault.Kind{
		Number: 2208, Class: fault.Invalid,
		What: lang.Text{JA: "写真が印刷用の色（CMYK）で保存されています。", EN: "The photo is stored in print colours (CMYK)."},
		Why:  lang.Text{JA: "印刷用の色は正しく変換できず、顔の色が変わってしまうためです。", EN: "Print colours cannot be converted faithfully; the colour of the face would change."},
		Cure: lang.Text{JA: "画像ソフトでRGB（またはグレースケール）のJPEGとして保存し直してください。", EN: "Save it as an RGB (or greyscale) JPEG with an image program."},
	})
)

// Content findings.
var (
	NoFace = fault.Define(fault.Kind{
		Number: 2220, Class: fault.Invalid,
		What: lang.Text{JA: "正面を向いた顔が見つかりません。", EN: "No face seen from the front was found."},
		Why:  lang.Text{JA: "横向きの顔、大きく隠れた顔、顔の一部が切れた写真は、本人の確認に使えません。", EN: "A face seen from the side, largely covered or cut off cannot be used to identify the holder."},
		Cure: lang.Text{JA: "カメラに正面を向け、顔全体と肩が入るように撮り直してください。", EN: "Face the camera and take the photo again with the whole face and the shoulders in view."},
	})
	SeveralFaces = fault.Define(fault.Kind{
		Number: 2221, Class: fault.Invalid,
		What: lang.Text{JA: "顔が%d人分写っています。", EN: "%d faces are in the photo."},
		Why:  lang.Text{JA: "カードの写真に写ってよいのは申請者本人だけです。", EN: "Only the applicant may be in the photo."},
		Cure: lang.Text{JA: "本人だけが写るように撮り直してください。背景のポスターや写真の顔にも気をつけてください。", EN: "Take the photo with nobody else in it. Mind faces on posters or pictures behind."},
	})
	OnItsSide = fault.Define(fault.Kind{
		Number: 2222, Class: fault.Invalid,
		What: lang.Text{JA: "写真が横倒しか、上下が逆になっています（%d度）。", EN: "The photo lies on its side or upside down (%d degrees)."},
		Why:  lang.Text{JA: "頭が上になる向きでカードに印刷するためです。", EN: "It is printed on the card with the head up."},
		Cure: lang.Text{JA: "写真を正しい向きに回して保存し、もう一度送ってください。", EN: "Turn the photo upright, save it and send it again."},
	})
	FaceTooSmall = fault.Define(fault.Kind{
		Number: 2223, Class: fault.Invalid,
		What: lang.Text{JA: "顔が小さすぎます（短い辺の%d％）。", EN: "The face is too small (%d %% of the shorter side)."},
		Why:  lang.Text{JA: "カードに印刷したときに本人と見分けられません。", EN: "The holder could not be recognised on the printed card."},
		Cure: lang.Text{JA: "肩から上が大きく写るように、近づいて撮り直すか周りを切り取ってください。", EN: "Move closer or crop the photo so that head and shoulders fill it."},
	})
	TooClose = fault.Define(fault.Kind{
		Number: 2224, Class: fault.Invalid,
		What: lang.Text{JA: "顔が近すぎます（短い辺の%d％）。", EN: "The face is too close (%d %% of the shorter side)."},
		Why:  lang.Text{JA: "近すぎる写真は顔の形がゆがみ、輪郭も切れやすくなります。", EN: "A face too close to the camera is distorted and easily cut."},
		Cure: lang.Text{JA: "カメラを離し、頭の周りに余白を残して撮り直してください。", EN: "Move the camera away and leave room around the head."},
	})
	FaceCut = fault.Define(fault.Kind{
		Number: 2225, Class: fault.Invalid,
		What: lang.Text{JA: "顔や頭の一部が写真の端で切れています。", EN: "Part of the face or head is cut at the edge of the photo."},
		Why:  lang.Text{JA: "頭の上からあごの先まで、顔全体が写っている必要があります。", EN: "The whole face from the top of the head to the chin has to be seen."},
		Cure: lang.Text{JA: "顔が中央に来て、頭の上に余白が残るように撮り直してください。", EN: "Take the photo again with the face in the middle and room above the head."},
	})
	HeadTilted = fault.Define(fault.Kind{
		Number: 2226, Class: fault.Invalid,
		What: lang.Text{JA: "頭が傾いています（約%d度）。", EN: "The head is tilted (about %d degrees)."},
		Why:  lang.Text{JA: "両目が水平に並んだ正面の写真が必要です。", EN: "The eyes have to be level, seen from the front."},
		Cure: lang.Text{JA: "頭をまっすぐにして撮り直してください。", EN: "Hold the head straight and take the photo again."},
	})
	NotFrontal = fault.Define(fault.Kind{
		Number: 2227, Class: fault.Invalid,
		What: lang.Text{JA: "顔が正面を向いていません。", EN: "The face is turned to the side."},
		Why:  lang.Text{JA: "正面からの顔でないと、本人との照合ができません。", EN: "Only a face seen from the front can be compared with the holder."},
		Cure: lang.Text{JA: "顔と両目をカメラにまっすぐ向けて撮り直してください。", EN: "Turn face and eyes straight to the camera and take the photo again."},
	})
	DarkGlasses = fault.Define(fault.Kind{
		Number: 2228, Class: fault.Invalid,
		What: lang.Text{JA: "目の周りが暗く、目がはっきり見えません。", EN: "The eyes are covered or too dark to see."},
		Why:  lang.Text{JA: "サングラスや色の濃い眼鏡、目にかかる前髪があると、本人と確認できません。", EN: "Sunglasses, dark lenses or hair over the eyes keep the holder from being recognised."},
		Cure: lang.Text{JA: "サングラスを外し、髪を目から払って撮り直してください。", EN: "Take off dark glasses, keep hair off the eyes and take the photo again."},
	})
	Headwear = fault.Define(fault.Kind{
		Number: 2229, Class: fault.Invalid,
		What: lang.Text{JA: "帽子などのかぶり物が写っているようです。", EN: "A hat or other headwear seems to be worn."},
		Why:  lang.Text{JA: "無帽の写真と決められています（宗教上・医療上の理由がある場合を除きます）。", EN: "The photo has to be without a hat (except on religious or medical grounds)."},
		Cure: lang.Text{JA: "かぶり物を取って撮り直してください。事情がある場合は窓口に申し出てください。", EN: "Take it off and take the photo again. If there is a ground for wearing it, tell the counter."},
	})
	BackgroundNotPlain = fault.Define(fault.Kind{
		Number: 2230, Class: fault.Invalid,
		What: lang.Text{JA: "背景に物や模様が写っています（背景の%d％）。", EN: "Objects or patterns are in the background (%d %% of it)."},
		Why:  lang.Text{JA: "無地の背景と決められています。", EN: "The background has to be plain."},
		Cure: lang.Text{JA: "家具などのない無地の壁の前で撮り直してください。白い壁なら濃い色の服が写りやすくなります。", EN: "Stand before a plain wall without furniture. Before a white wall, dark clothes work well."},
	})
	ShadowBehind = fault.Define(fault.Kind{
		Number: 2231, Class: fault.Invalid,
		What: lang.Text{JA: "背景に影が写っています（背景の%d％）。", EN: "A shadow is on the background (%d %% of it)."},
		Why:  lang.Text{JA: "影があると顔の輪郭がはっきりしません。", EN: "A shadow blurs the outline of the face."},
		Cure: lang.Text{JA: "壁から離れて立ち、正面から明るく照らして撮り直してください。", EN: "Stand away from the wall, light the face from the front and take the photo again."},
	})
	OutOfFocus = fault.Define(fault.Kind{
		Number: 2232, Class: fault.Invalid,
		What: lang.Text{JA: "写真がぼやけています。", EN: "The photo is out of focus or shaken."},
		Why:  lang.Text{JA: "ピントのずれや手ぶれがあると、本人と見分けられません。", EN: "The holder cannot be recognised on a blurred photo."},
		Cure: lang.Text{JA: "カメラを固定し、目にピントを合わせて撮り直してください。", EN: "Hold the camera still, focus on the eyes and take the photo again."},
	})
	TooDark = fault.Define(fault.Kind{
		Number: 2233, Class: fault.Invalid,
		What: lang.Text{JA: "顔が暗すぎます（明るさ%d／255）。", EN: "The face is too dark (light %d of 255)."},
		Why:  lang.Text{JA: "明るく鮮明な写真と決められています。", EN: "The photo has to be bright and clear."},
		Cure: lang.Text{JA: "明るい場所で、正面から光が当たるようにして撮り直してください。", EN: "Take the photo again in a bright place with light from the front."},
	})
	TooBright = fault.Define(fault.Kind{
		Number: 2234, Class: fault.Invalid,
		What: lang.Text{JA: "顔が明るすぎて白く飛んでいます（顔の%d％）。", EN: "The face is too bright and washed out (%d %% of it)."},
		Why:  lang.Text{JA: "顔の特徴が白く飛んで見分けられません。", EN: "The features of the face are lost in white."},
		Cure: lang.Text{JA: "フラッシュや直射日光を避けて撮り直してください。", EN: "Avoid flash and direct sun and take the photo again."},
	})
)

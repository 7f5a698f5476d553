package scenario

import "kado/internal/platform/lang"

var (
	titleTown        = lang.Text{JA: "町と住民", EN: "A town and its resident"}
	titleApplication = lang.Text{JA: "交付申請", EN: "Application"}
	titleProduction  = lang.Text{JA: "製造と発送", EN: "Production and dispatch"}
	titleDelivery    = lang.Text{JA: "窓口での交付", EN: "Delivery at the counter"}
	titleLogin       = lang.Text{JA: "ログイン", EN: "Login"}
	titleSignature   = lang.Text{JA: "電子署名", EN: "Signature"}
	titleLock        = lang.Text{JA: "暗証番号のロックと解除", EN: "PIN locked and unblocked"}
	titleLoss        = lang.Text{JA: "紛失と発見", EN: "Lost and found"}
	titleMove        = lang.Text{JA: "引越し", EN: "A move"}
	titleRenewal     = lang.Text{JA: "電子証明書の更新", EN: "Renewal of the certificates"}
	titleDeath       = lang.Text{JA: "死亡", EN: "Death"}
	titleJournal     = lang.Text{JA: "本人の記録", EN: "The holder's own journal"}
)

var (
	sayRefusal    = lang.Text{JA: "%s（番号 %s）", EN: "%s (%s)"}
	sayResident   = lang.Text{JA: "%s に %s さん（%s生まれ）が住んでいます", EN: "In %s lives %s, born %s"}
	sayNumbered   = lang.Text{JA: "個人番号と住民票コードを付番（番号は金庫の中だけ）", EN: "Individual Number and resident record code assigned (known to the vault alone)"}
	sayNeighbours = lang.Text{JA: "ほかに%d人の住民を登録", EN: "%d neighbours registered as well"}

	sayForm       = lang.Text{JA: "申請書IDを発行：%s", EN: "Application form issued: %s"}
	sayPhoto      = lang.Text{JA: "写真を審査：%d×%d画素、顔は%dつ、両目を検出", EN: "Photo examined: %dx%d pixels, %d face, both eyes found"}
	sayPhotoGiven = lang.Text{JA: "指定の写真を使います", EN: "The photo you gave is used"}
	sayPhotoDrawn = lang.Text{JA: "町が描いた本人の肖像を使います（実在の人物ではありません）", EN: "The town's own portrait of the resident is used (no real person)"}
	sayAccepted   = lang.Text{JA: "申請を受け付けました。カードの有効期限は %s", EN: "Application accepted. The card will be valid to %s"}

	sayChipMade    = lang.Text{JA: "白カードができました。管理鍵は一度だけ渡されます", EN: "A blank chip is made; its management key is released once"}
	sayKeys        = lang.Text{JA: "署名用の鍵は認証局で作りこのチップ専用に包み、利用者証明用の鍵はチップ内で生まれました", EN: "Signature key made by the authority and wrapped for this chip alone; authentication key born on the chip"}
	sayWritten     = lang.Text{JA: "四つのAPと二枚の電子証明書をAPDUで書き込みました", EN: "Applications and both certificates written through APDUs"}
	sayInspected   = lang.Text{JA: "別の人が全ファイルを照合しました", EN: "Another person compared every file"}
	sayDispatched  = lang.Text{JA: "市区町村へ発送しました", EN: "Consigned to the municipality"}
	sayMismatch    = lang.Text{JA: "余分なカードを混ぜた受取りは断られます", EN: "A scan with a foreign card in it is refused"}
	sayReceived    = lang.Text{JA: "受取りを一枚ずつ照合し、保管庫へ入れました", EN: "Received, matched card by card, and stored"}
	sayCounted     = lang.Text{JA: "その日の在庫照合：%d枚、不足なし", EN: "Counted the same day: %d in the store, none missing"}
	sayTakenOut    = lang.Text{JA: "二人でカードを保管庫から出しました", EN: "Taken out of the store by two persons"}
	sayInert       = lang.Text{JA: "交付前のカードは署名もログインもできません", EN: "Before delivery the card neither signs nor authenticates"}
	sayInertLogin  = lang.Text{JA: "交付前の電子証明書は、検証局でもまだ有効ではありません", EN: "Before delivery its certificate is not yet valid at the validation office either"}
	sayIdentified  = lang.Text{JA: "運転免許証で本人確認しました（担当者とは別の職員）", EN: "Identity checked with a driving licence, by somebody other than the clerk"}
	sayProved      = lang.Text{JA: "カードが自身の鍵で本物と証明しました", EN: "The card proved itself by its own key"}
	sayWeakPIN     = lang.Text{JA: "誕生日の暗証番号は断られ、入れ直しました", EN: "A PIN out of the birth date was refused and entered anew"}
	sayDelivered   = lang.Text{JA: "暗証番号を設定し、カードが運用中になりました", EN: "PINs set, card in operation"}
	sayReadOnce    = lang.Text{JA: "カードから四情報を読み、発行者の署名を確かめました", EN: "Four attributes read from the card, issuer's signature checked"}
	sayParty       = lang.Text{JA: "サービス事業者「%s」が登録されました", EN: "Relying party %q registered"}
	sayLogin       = lang.Text{JA: "ログイン成功：チップの署名、証明書の連鎖、期限、OCSPを確認", EN: "Logged in: signed on the chip; chain, validity and OCSP checked"}
	sayPairwise    = lang.Text{JA: "事業者が知るのは、その事業者だけの識別子です：%s", EN: "The party knows the holder by an id of its own: %s"}
	sayReplay      = lang.Text{JA: "同じ応答の使い回しは断られます", EN: "The same answer used again is refused"}
	saySigned      = lang.Text{JA: "「%s」（%dバイト）に署名し、検証しました", EN: "%q (%d bytes) signed and verified"}
	saySignedFiles = lang.Text{JA: "署名、CA証明書、失効リスト、OCSP応答を %s に置きました", EN: "Signature, CA certificate, CRL and OCSP answer are in %s"}
	sayTampered    = lang.Text{JA: "一バイト変えた文書は検証に落ちます", EN: "A document changed by one byte does not verify"}

	sayWrong      = lang.Text{JA: "%d回目の誤り、残り%d回", EN: "Wrong PIN number %d, %d tries left"}
	sayBlocked    = lang.Text{JA: "ロック後は正しい暗証番号でも断られます", EN: "Once blocked, even the right PIN is refused"}
	sayForged     = lang.Text{JA: "端末だけで作った命令は、チップが断ります", EN: "An unblocking command made by a terminal alone is refused by the chip"}
	sayUnblocked  = lang.Text{JA: "窓口で、このカード・この乱数・この手続き限りの暗号文により解除しました", EN: "Unblocked at the counter with a cryptogram for this card, challenge and session"}
	sayLoginAgain = lang.Text{JA: "新しい暗証番号でログインできました", EN: "Logged in with the new PIN"}

	saySuspended    = lang.Text{JA: "コールセンターが一時停止しました（受付番号 %s）", EN: "The stop line suspended the card (receipt %s)"}
	sayRefusedLogin = lang.Text{JA: "直後のログインは断られます", EN: "The very next login is refused"}
	sayResumed      = lang.Text{JA: "カードが見つかり、窓口で停止を解除しました", EN: "Found; the suspension was lifted at the counter"}

	sayMoved        = lang.Text{JA: "%s へ転入しました", EN: "Moved to %s"}
	sayOldSignature = lang.Text{JA: "古い住所の署名用電子証明書は失効しました（affiliationChanged）", EN: "The signature certificate of the old address is revoked (affiliationChanged)"}
	sayOldRefused   = lang.Text{JA: "その証明書での署名は検証局で失効と分かります", EN: "The validation office calls that certificate revoked"}
	sayRewritten    = lang.Text{JA: "同じ来庁で、カードの記載を書き換え、新しい署名用電子証明書を載せました", EN: "At the same visit the chip was rewritten and got a new signature certificate"}
	sayNewAddress   = lang.Text{JA: "カードと証明書の住所が台帳と一致します", EN: "Card, certificate and register say the same address"}

	sayYears      = lang.Text{JA: "時計を %s へ進めました", EN: "The clock moves to %s"}
	sayNotice     = lang.Text{JA: "有効期限通知書：「%s」", EN: "Expiry notice: %q"}
	sayRenewed    = lang.Text{JA: "新しい鍵がチップで生まれ、新旧の証明書が一度に切り替わりました", EN: "New keys born on the chip; old and new certificates switched in one step"}
	saySuperseded = lang.Text{JA: "古い証明書は superseded として失効しました", EN: "The old certificates are revoked as superseded"}
	sayStillKnown = lang.Text{JA: "事業者は新しい証明書でも同じ人と分かります（シリアル番号は知らされません）", EN: "With the new certificate the party still knows the holder by the same id, and no serial"}

	sayDied     = lang.Text{JA: "死亡が台帳に登録され、カードは廃止されました", EN: "Death registered; the card is abolished"}
	sayLapsed   = lang.Text{JA: "二枚の電子証明書は失効しました（cessationOfOperation）", EN: "Both certificates are revoked (cessationOfOperation)"}
	sayLastTry  = lang.Text{JA: "最後のログインは断られます", EN: "The last login is refused"}
	sayJournal  = lang.Text{JA: "%d件の記録。誰が、何を、いつ、なぜ", EN: "%d entries: who did what, when and why"}
	sayChecked  = lang.Text{JA: "全体の検査：記録の鎖と全部署の整合を確認（指摘 %d 件）", EN: "Whole house checked: the journal's chain and every office (%d findings)"}
	sayLetters  = lang.Text{JA: "本人への通知は%d通", EN: "%d letters were written to the holder"}
	sayFileLeft = lang.Text{JA: "%s に %d 個のファイルを置きました", EN: "%[2]d files are in %[1]s"}
)

package mynumber

import "time"

// Days from which a part of the system exists. Each is the day it is possible;
// an office may open it later.
var (
	// CardsFrom is the first day of delivery (PRD-04).
	CardsFrom = Date{2016, time.January, 1}
	// NumberNoticeFrom is the first day of the number notice (個人番号通知書),
	// which follows the notification card; papers up to the day before are
	// notification cards (APP-09).
	NumberNoticeFrom = Date{2020, time.May, 25}
	// InsuranceUseFrom is the first day of regular eligibility checks (C-23).
	InsuranceUseFrom = Date{2021, time.October, 20}
	// PhoneCertificatesFrom is the first day of certificates on phones (C-53).
	PhoneCertificatesFrom = Date{2023, time.May, 11}
	// PinlessFrom is the first day of the PIN-less card (C-28).
	PinlessFrom = Date{2023, time.December, 15}
	// InsuranceLinkRemovableFrom is the day from which the real system let a
	// holder end the insurance use. Kado always does (C-24).
	InsuranceLinkRemovableFrom = Date{2024, time.October, 28}
)

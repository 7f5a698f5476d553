package next

import "testing"

// Every answer stands once, under the name of its endpoint.
func TestAnswersByEndpoint(t *testing.T) {
	n := 0
	for _, g := range groups() {
		if g.Title.JA == "" || g.Title.EN == "" {
			t.Errorf("%s has no name", g.Answers[0].Endpoint)
		}
		for _, a := range g.Answers {
			if a.Endpoint != g.Answers[0].Endpoint {
				t.Errorf("%s stands with %s", a.ID, g.Answers[0].ID)
			}
		}
		n += len(g.Answers)
	}
	if n != len(answers) {
		t.Errorf("%d of %d answers", n, len(answers))
	}
}

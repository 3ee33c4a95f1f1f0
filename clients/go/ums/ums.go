// Package ums speaks to UMS (银联商务) through the local `ums serve`: an operation once per key.
//
//	client := &ums.Client{"http://127.0.0.1:8480", token, "shop", 30 * time.Second, nil}
//	key := ums.NewKey() // written down with the order, before the first submission
//	answer, err := client.Submit(ctx, "pay", request, key, ums.Submission{First: true})
//	if err == nil && answer.Outcome == ums.Approved …
//
// Go 1.19 or later, nothing but the standard library. Copy this file.
package ums

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// Outcome is how an operation ended, as far as that is known.
type Outcome string

const (
	Approved Outcome = "approved" // carried out
	Declined Outcome = "declined" // refused: not carried out
	NotSent  Outcome = "not_sent" // nothing was sent to UMS: the same key may be submitted again
	Unknown  Outcome = "unknown"  // perhaps carried out, perhaps not: no other key or payment
)

type Object = map[string]interface{} // of JSON

// Answer is what is known of a call. Why is for people, everything else for programs. MayRepeat is
// which key a further submission may have: same_key, new_key or no. One with the same key never
// sends twice: of what the server has not answered it only finds out.
type Answer struct {
	Outcome         Outcome `json:"-"`
	Key, ID         string
	MayRepeat       string `json:"may_repeat"`
	NotExecutedAsOf string `json:"as_of"` // when UMS had said, twice, that nothing was carried out
	InTheWay        string `json:"call"`  // the call that is in the way of this one
	Stands          *bool  // false: carried out, and taken back since; deliver nothing
	Why             string `json:"next"`
	Replayed        bool   `json:"-"`
	Tries           int    `json:"-"`
	Record, Problem Object `json:"-"`
}

// ErrUnread is why what only reads could not be read. Nothing was sent that moves money.
var ErrUnread = errors.New("the server gave no answer that can be used")

// NewKey makes a key for one operation: keep it with the order before it is submitted.
func NewKey() string {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		panic(err) // without randomness two operations could have one key
	}
	return fmt.Sprintf("%x", random)
}

// Client of one server, with one of its profiles. Try is how long one try may take: 1 to
// 120 s, 30 s as a rule.
type Client struct {
	URL, Token, Profile string
	Try                 time.Duration
	TLS                 *tls.Config
}

// Submission says how. First: nobody has submitted this key before; only then is it certain that
// nothing was sent when the server cannot be reached, otherwise the outcome is unknown. More are
// other members of the submission: labels, not_after, ask_first, despite.
type Submission struct {
	First bool
	More  Object
}

// Submit carries out an operation that moves money, at most once for this key, and finds out how it
// ended; tries again with the same key until the deadline of ctx, which there must be. An error says
// that an argument is wrong, and that nothing was sent.
func (c *Client) Submit(ctx context.Context, operation string, request Object, key string,
	how Submission) (*Answer, error) {
	if !fits(`^[!#-\[\]-~]{1,255}$`, key) {
		return nil, errors.New("a key has 1 to 255 visible ASCII characters without \" and \\")
	}
	body := Object{}
	for name, value := range how.More {
		body[name] = value
	}
	body["request"], body["profile"] = request, c.Profile
	r, err := c.ask(ctx, "POST", "/v1/operations/"+operation, body, "key", key)
	if err != nil && !errors.Is(err, ErrUnread) {
		return nil, err
	}
	if err != nil {
		answer := answerOf(r.problem)
		answer.Key, answer.Tries, answer.Why = key, r.tries, err.Error()
		answer.Record, answer.Problem = nil, r.problem
		// Only a conflict is the journal's own word on this key; the others look at less.
		if !r.lost && (how.First || r.status == http.StatusConflict) {
			answer.Outcome = NotSent
		}
		if answer.Outcome == Unknown || r.problem == nil {
			answer.MayRepeat = "same_key"
		}
		return answer, nil
	}
	answer := answerOf(r.json)
	if answer.ID != "" && r.json["outcome"] == "unknown" {
		path := "/v1/calls/" + url.PathEscape(answer.ID)
		if known, err := c.ask(ctx, "GET", path, nil, "id", answer.ID); err == nil {
			answer = answerOf(known.json)
		}
	}
	answer.Tries, answer.Replayed = r.tries, r.header.Get("Idempotent-Replayed") == "true"
	return answer, nil
}

// Read gives the record of an operation that moves no money, such as "query".
func (c *Client) Read(ctx context.Context, operation string, request Object) (Object, error) {
	body := Object{"request": request, "profile": c.Profile}
	r, err := c.ask(ctx, "POST", "/v1/operations/"+operation, body, "", "")
	return r.json, err
}

// Find tells what is known of the call with this key; nil: the journal has none. Sends nothing.
func (c *Client) Find(ctx context.Context, key string) (*Answer, error) {
	query := url.Values{"key": {key}, "profile": {c.Profile}}
	r, err := c.ask(ctx, "GET", "/v1/calls?"+query.Encode(), nil, "calls", "")
	calls, _ := r.json["calls"].([]interface{})
	if err != nil || len(calls) == 0 {
		return nil, err
	}
	if record, _ := calls[0].(Object); record["key"] == key {
		return answerOf(record), nil
	}
	return nil, ErrUnread
}

// reply is what came of asking. lost: a request may have arrived that has no answer.
type reply struct {
	tries, status int
	header        http.Header
	json, problem Object
	written, lost bool
	why           string
}

// ask asks until there is a list of calls, or a record whose field has this value, of a call with
// this id once it is known how it ended; or a refusal is final, or the time is over.
func (c *Client) ask(ctx context.Context, method, path string, body Object, field, value string) (
	r reply, err error) {
	if !fits(`^(https://[^/?#@\s]+|http://(127\.0\.0\.1|\[::1]|localhost)(:\d+)?)$`, c.URL) ||
		!fits(`^[!-~]+$`, c.Token) || c.Try < time.Second || c.Try > 2*time.Minute {
		return r, errors.New("URL must be https://host:port, or http on this machine; Token " +
			"visible ASCII; Try from 1 s to 120 s")
	}
	until, isBound := ctx.Deadline()
	if !isBound || method == "POST" && !fits(`^/v1/operations/[a-z_]+$`, path) {
		return r, errors.New("ctx has no deadline, or that is no name of an operation: " + path)
	}
	for pause := time.Second / 10; ; pause = (pause + time.Second) / 2 {
		inner := math.Min(c.Try.Seconds(), time.Until(until).Seconds())
		inner = math.Max(0.1, inner-math.Min(1, inner/4)) // it is to answer before the try ends
		to, payload := c.URL+path, []byte(nil)
		if field == "id" {
			to += fmt.Sprint("?wait=", inner)
		}
		if body != nil {
			body["timeout_s"] = inner
			if payload, err = json.Marshal(body); err != nil {
				return r, err
			}
		}
		asked, err := http.NewRequest(method, to, bytes.NewReader(payload))
		if err != nil {
			return r, err
		}
		if field == "key" {
			asked.Header.Set("Idempotency-Key", value)
		}
		r = c.exchange(ctx, asked, reply{tries: r.tries + 1, lost: r.lost})
		told, _ := r.json["outcome"].(string)
		isIt := fits("^(approved|declined|not_sent|not_executed|answered|unknown)$", told) &&
			(field == "" || r.json[field] == value) && (field != "id" || told != "unknown")
		isIt = (isIt || field == "calls" && r.json[field] != nil) && r.status < 300
		r.lost = r.lost || r.written && !isIt && r.problem == nil
		if told, err := time.ParseDuration(r.header.Get("Retry-After") + "s"); err == nil && r.problem != nil {
			pause = told
		}
		if isIt {
			return r, nil
		}
		isFinal := r.problem != nil && r.status != 408 && r.status != 429 && r.status != 503
		if !isFinal {
			pausing, end := context.WithTimeout(ctx, pause)
			<-pausing.Done()
			end()
		}
		if isFinal || ctx.Err() != nil {
			return r, fmt.Errorf("%w: %s", ErrUnread, r.why)
		}
	}
}

// exchange is one request, on a connection of its own and past no proxy: nothing sends it again.
func (c *Client) exchange(ctx context.Context, asked *http.Request, r reply) reply {
	ctx, cancel := context.WithTimeout(ctx, c.Try)
	defer cancel()
	asked.Header.Set("Authorization", "Bearer "+c.Token)
	asked.Header.Set("Content-Type", "application/json")
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	carrier := &http.Transport{DisableKeepAlives: true, TLSClientConfig: c.TLS}
	got, err := (&http.Client{Transport: carrier, CheckRedirect: stay}).Do(asked.WithContext(ctx))
	if err != nil {
		var dial *net.OpError
		r.written, r.why = !errors.As(err, &dial) || dial.Op != "dial", err.Error()
		return r
	}
	defer got.Body.Close()
	text, err := io.ReadAll(io.LimitReader(got.Body, 16<<20))
	if r.written = true; err == nil && json.Unmarshal(text, &r.json) == nil {
		r.status, r.header = got.StatusCode, got.Header
	}
	// What the server itself refuses has both of these; an error page of anything between has not.
	detail, _ := r.json["detail"].(string)
	if detail != "" && r.json["may_repeat"] != nil && r.status >= 400 {
		r.problem, r.why = r.json, detail
	}
	return r
}

func fits(form, text string) bool { return regexp.MustCompile(form).MatchString(text) }

// answerOf reads a record. What was not carried out as of some time is unknown until it is certain.
func answerOf(record Object) *Answer {
	answer := &Answer{Outcome: Unknown, Tries: 1, Record: record}
	text, _ := json.Marshal(record)
	if told, _ := record["outcome"].(string); json.Unmarshal(text, answer) == nil &&
		fits("^(approved|declined|not_sent)$", told) {
		answer.Outcome = Outcome(told)
	}
	return answer
}

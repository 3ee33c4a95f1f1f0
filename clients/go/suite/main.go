// Does what each line of its input says, for `cargo xtask interop`; answers with a line each.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"ums.example/client/ums"
)

type step struct {
	Do, URL, Token, Profile, Operation, Key string
	Try                                     float64 `json:"try_s"`
	Within                                  float64
	First                                   bool
	Request                                 ums.Object
}

func told(a *ums.Answer) ums.Object {
	optional := func(text string) interface{} {
		if text == "" {
			return nil
		}
		return text
	}
	return ums.Object{
		"outcome": a.Outcome, "key": a.Key, "id": optional(a.ID), "tries": a.Tries,
		"replayed": a.Replayed, "may_repeat": a.MayRepeat, "stands": a.Stands,
		"as_of": optional(a.NotExecutedAsOf), "in_the_way": optional(a.InTheWay),
		"field": a.Problem["field"], "err_code": a.Record["err_code"], "why": a.Why,
	}
}

func seconds(number float64) time.Duration { return time.Duration(number * float64(time.Second)) }

func done(s step) (ums.Object, error) {
	client := &ums.Client{URL: s.URL, Token: s.Token, Profile: s.Profile, Try: seconds(s.Try)}
	ctx, cancel := context.WithTimeout(context.Background(), seconds(s.Within))
	defer cancel()
	var answer *ums.Answer
	var err error
	switch s.Do {
	case "submit":
		how := ums.Submission{First: s.First}
		answer, err = client.Submit(ctx, s.Operation, s.Request, s.Key, how)
	case "find":
		answer, err = client.Find(ctx, s.Key)
	default:
		record, err := client.Read(ctx, s.Operation, s.Request)
		return ums.Object{"outcome": record["outcome"], "state": record["state"]}, err
	}
	if err != nil {
		return nil, err
	}
	if answer == nil {
		return ums.Object{"none": true}, nil
	}
	return told(answer), nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s := step{Within: 20, Try: 30}
		var answer ums.Object
		err := json.Unmarshal(lines.Bytes(), &s)
		if err == nil {
			answer, err = done(s)
		}
		switch {
		case errors.Is(err, ums.ErrUnread):
			answer = ums.Object{"error": err.Error()}
		case err != nil:
			answer = ums.Object{"refused": err.Error()}
		}
		line, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}

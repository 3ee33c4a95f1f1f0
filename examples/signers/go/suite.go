// Runs the whole signing suite: go run . PATH, the path being that of fixtures/signing.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
)

type entry struct{ Path, Expect string }

type testCase struct {
	Scheme, Action string
	AppID          string `json:"app_id"`
	AppKey         string `json:"app_key"`
	Timestamp      string
	Nonce          string
	SignMethod     string `json:"sign_method"`
	AccessToken    string `json:"access_token"`
	Spelling       string
	Key            string `json:"communication_key"`
	SignType       string `json:"sign_type"`
}

// must is for what cannot fail unless the suite itself is broken.
func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("go:", err)
		os.Exit(1)
	}
	return value
}

// run does what the case's action says: what was made, what it has to be, and an error when it refuses.
func run(c testCase, read func(string) []byte) (made, wanted []string, err error) {
	texts := func(names ...string) (texts []string) {
		for _, name := range names {
			texts = append(texts, string(read(name)))
		}
		return
	}
	switch c.Scheme + "/" + c.Action {
	case "open-body-sig/sign":
		digest, text, signature, err := sign(c.AppID, c.AppKey, c.Timestamp, c.Nonce, read("body.bin"))
		if err != nil {
			return nil, nil, err
		}
		header := header(c.AppID, c.Timestamp, c.Nonce, signature)
		wanted = texts("body-digest.txt", "string-to-sign.txt", "signature.txt", "authorization.txt")
		return []string{digest, text, signature, header}, wanted, verify(c.AppID, c.AppKey, header, read("body.bin"))
	case "open-body-sig/verify":
		err = verify(c.AppID, c.AppKey, string(read("authorization.txt")), read("body.bin"))
		_, _, signature, _ := sign(c.AppID, c.AppKey, c.Timestamp, c.Nonce, read("body.bin"))
		return []string{signature}, texts("signature.txt"), err
	case "open-form-param/sign":
		digest, text, signature, err := sign(c.AppID, c.AppKey, c.Timestamp, c.Nonce, read("content.txt"))
		if err != nil {
			return nil, nil, err
		}
		query := query(c.AppID, c.Timestamp, c.Nonce, string(read("content.txt")), signature)
		wanted = texts("content-digest.txt", "string-to-sign.txt", "signature.txt", "query.txt")
		return []string{digest, text, signature, query}, wanted, verifyQuery(c.AppID, c.AppKey, query)
	case "open-form-param/verify":
		return nil, nil, verifyQuery(c.AppID, c.AppKey, string(read("query.txt")))
	case "open-access-token/sign", "open-access-token/verify":
		text, signature, err := tokenRequest(c.AppID, c.AppKey, c.Timestamp, c.Nonce, c.SignMethod != "")
		if err != nil {
			return nil, nil, err
		}
		var request map[string]string
		must(0, json.Unmarshal(read("request.json"), &request))
		if request["signature"] != signature {
			return nil, nil, errors.New("signature")
		}
		sent := []string{request["appId"], request["timestamp"], request["nonce"], request["signMethod"]}
		return append([]string{text, signature}, sent...), append(texts("string-to-sign.txt", "signature.txt"), c.AppID, c.Timestamp, c.Nonce, c.SignMethod), nil
	case "open-access-token/header":
		header, err := tokenHeader(c.AccessToken, c.Spelling, c.AppID)
		if err != nil {
			return nil, nil, err
		}
		return []string{header}, texts("authorization.txt"), nil
	case "open-access-token/read":
		token, appID, err := readTokenHeader(string(read("authorization.txt")))
		return []string{token, appID}, []string{c.AccessToken, c.AppID}, err
	case "notify/verify":
		text, signature, err := verifyNotify(c.Key, string(read("form.txt")), c.SignType)
		if err != nil {
			return nil, nil, err
		}
		return []string{text, signature}, texts("string-to-sign.txt", "signature.txt"), nil
	}
	return nil, nil, must[error](nil, fmt.Errorf("%s/%s is not known here", c.Scheme, c.Action))
}

func main() {
	root := os.Args[1]
	var index struct {
		Total int
		Cases []entry
	}
	must(0, json.Unmarshal(must(os.ReadFile(filepath.Join(root, "index.json"))), &index))
	failed := 0
	for _, entry := range index.Cases {
		read := func(name string) []byte { return must(os.ReadFile(filepath.Join(root, entry.Path, name))) }
		var c testCase
		must(0, json.Unmarshal(read("case.json"), &c))
		outcome := "refuse"
		if made, wanted, err := run(c, read); err == nil && reflect.DeepEqual(made, wanted) {
			outcome = "accept"
		} else if err == nil {
			outcome = fmt.Sprintf("made %q, wanted %q", made, wanted)
		}
		if outcome != entry.Expect {
			failed++
			fmt.Printf("%s: %s expected, got %s\n", entry.Path, entry.Expect, outcome)
		}
	}
	found := must(filepath.Glob(filepath.Join(root, "*", "*", "case.json")))
	if index.Total != len(index.Cases) || index.Total != len(found) {
		failed++
		fmt.Printf("%d directories, %d in the index\n", len(found), index.Total)
	}
	fmt.Printf("go: %d cases, %d failed\n", len(index.Cases), failed)
	if failed > 0 {
		os.Exit(1)
	}
}

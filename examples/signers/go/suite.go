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

type testCase struct {
	Name, Action, Expect string
	AppID                string `json:"app_id"`
	AppKey               string `json:"app_key"`
	Timestamp            string
	Nonce                string
	SignMethod           string `json:"sign_method"`
	AccessToken          string `json:"access_token"`
	Spelling             string
	Key                  string `json:"communication_key"`
	SignType             string `json:"sign_type"`
	Body                 string
	BodyBase64           []byte `json:"body_base64"`
	BodyDigest           string `json:"body_digest"`
	Content              string
	ContentDigest        string `json:"content_digest"`
	Form                 string
	StringToSign         string `json:"string_to_sign"`
	Signature            string
	Authorization        string
	Query                string
	Request              map[string]string
}

// body is text or, where it is not UTF-8, Base64.
func (c testCase) body() []byte {
	if c.BodyBase64 != nil {
		return c.BodyBase64
	}
	return []byte(c.Body)
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
func run(scheme string, c testCase) (made, wanted []string, err error) {
	switch scheme + "/" + c.Action {
	case "open-body-sig/sign":
		digest, text, signature, err := sign(c.AppID, c.AppKey, c.Timestamp, c.Nonce, c.body())
		if err != nil {
			return nil, nil, err
		}
		header := header(c.AppID, c.Timestamp, c.Nonce, signature)
		wanted = []string{c.BodyDigest, c.StringToSign, c.Signature, c.Authorization}
		return []string{digest, text, signature, header}, wanted, verify(c.AppID, c.AppKey, header, c.body())
	case "open-body-sig/verify":
		err = verify(c.AppID, c.AppKey, c.Authorization, c.body())
		_, _, signature, _ := sign(c.AppID, c.AppKey, c.Timestamp, c.Nonce, c.body())
		return []string{signature}, []string{c.Signature}, err
	case "open-form-param/sign":
		digest, text, signature, err := sign(c.AppID, c.AppKey, c.Timestamp, c.Nonce, []byte(c.Content))
		if err != nil {
			return nil, nil, err
		}
		query := query(c.AppID, c.Timestamp, c.Nonce, c.Content, signature)
		wanted = []string{c.ContentDigest, c.StringToSign, c.Signature, c.Query}
		return []string{digest, text, signature, query}, wanted, verifyQuery(c.AppID, c.AppKey, query)
	case "open-form-param/verify":
		return nil, nil, verifyQuery(c.AppID, c.AppKey, c.Query)
	case "open-access-token/sign", "open-access-token/verify":
		text, signature, err := tokenRequest(c.AppID, c.AppKey, c.Timestamp, c.Nonce, c.SignMethod != "")
		if err != nil {
			return nil, nil, err
		}
		request := c.Request
		if request["signature"] != signature {
			return nil, nil, errors.New("signature")
		}
		sent := []string{request["appId"], request["timestamp"], request["nonce"], request["signMethod"]}
		return append([]string{text, signature}, sent...), []string{c.StringToSign, c.Signature, c.AppID, c.Timestamp, c.Nonce, c.SignMethod}, nil
	case "open-access-token/header":
		header, err := tokenHeader(c.AccessToken, c.Spelling, c.AppID)
		if err != nil {
			return nil, nil, err
		}
		return []string{header}, []string{c.Authorization}, nil
	case "open-access-token/read":
		token, appID, err := readTokenHeader(c.Authorization)
		return []string{token, appID}, []string{c.AccessToken, c.AppID}, err
	case "notify/verify":
		text, signature, err := verifyNotify(c.Key, c.Form, c.SignType)
		if err != nil {
			return nil, nil, err
		}
		return []string{text, signature}, []string{c.StringToSign, c.Signature}, nil
	}
	return nil, nil, must[error](nil, fmt.Errorf("%s/%s is not known here", scheme, c.Action))
}

func main() {
	count, failed := 0, 0
	for _, path := range must(filepath.Glob(filepath.Join(os.Args[1], "*.json"))) {
		if filepath.Base(path) == "schema.json" {
			continue
		}
		var suite struct {
			Scheme string
			Cases  []testCase
		}
		must(0, json.Unmarshal(must(os.ReadFile(path)), &suite))
		for _, c := range suite.Cases {
			count++
			outcome := "refuse"
			if made, wanted, err := run(suite.Scheme, c); err == nil && reflect.DeepEqual(made, wanted) {
				outcome = "accept"
			} else if err == nil {
				outcome = fmt.Sprintf("made %q, wanted %q", made, wanted)
			}
			if outcome != c.Expect {
				failed++
				fmt.Printf("%s/%s: %s expected, got %s\n", suite.Scheme, c.Name, c.Expect, outcome)
			}
		}
	}
	if count == 0 {
		failed++
		fmt.Println("there is no case")
	}
	fmt.Printf("go: %d cases, %d failed\n", count, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

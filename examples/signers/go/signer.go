// Signs for the UMS (银联商务) open platform, all four schemes. Standard library only. Gives an error for what must be refused.
package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const word = `[!#-&(-+\--\[\]-~]` // printable ASCII except quotes, comma and backslash

var rules = map[string]*regexp.Regexp{
	"appId": regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`), "key": regexp.MustCompile(`^[!-~]+$`), "timestamp": regexp.MustCompile(`^[0-9]{14}$`),
	"nonce": regexp.MustCompile(`^` + word + `{1,128}$`), "token": regexp.MustCompile(`^` + word + `+$`), "signature": regexp.MustCompile(`^[A-Za-z0-9+/]{43}=$`),
}
var queryNames = []string{"authorization", "appId", "timestamp", "nonce", "content", "signature"}

// check takes rule, value, rule, value, …
func check(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		rule, value := pairs[i], pairs[i+1]
		_, err := time.Parse("20060102150405", value) // a real day and time; the zone is UTC+8
		if !rules[rule].MatchString(value) || rule == "token" && len(value) > 1024 || rule == "timestamp" && (err != nil || value < "0001") {
			return errors.New(rule)
		}
	}
	return nil
}

// sign gives digest, string to sign and signature of OPEN-BODY-SIG; of OPEN-FORM-PARAM with the content as body.
func sign(appID, appKey, timestamp, nonce string, body []byte) (digest, text, signature string, err error) {
	if err = check("appId", appID, "key", appKey, "timestamp", timestamp, "nonce", nonce); err != nil {
		return
	}
	sum := sha256.Sum256(body)
	digest = hex.EncodeToString(sum[:])
	text = appID + timestamp + nonce + digest
	mac := hmac.New(sha256.New, []byte(appKey))
	mac.Write([]byte(text))
	return digest, text, base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

func header(appID, timestamp, nonce, signature string) string {
	return fmt.Sprintf(`OPEN-BODY-SIG AppId="%s", Timestamp="%s", Nonce="%s", Signature="%s"`, appID, timestamp, nonce, signature)
}

func encode(text string) string { // as java.net.URLEncoder
	return strings.NewReplacer("~", "%7E", "%2A", "*").Replace(url.QueryEscape(text))
}

func query(appID, timestamp, nonce, content, signature string) string {
	values := []string{"OPEN-FORM-PARAM", appID, timestamp, nonce, content, signature}
	for i, value := range values {
		values[i] = queryNames[i] + "=" + encode(value)
	}
	return strings.Join(values, "&")
}

// tokenRequest gives string to sign and signature of a request for a token; without SHA-256 it is the old form with SHA-1.
func tokenRequest(appID, appKey, timestamp, nonce string, withSHA256 bool) (text, signature string, err error) {
	if err = check("appId", appID, "key", appKey, "timestamp", timestamp, "nonce", nonce); err != nil {
		return
	}
	text = appID + timestamp + nonce + appKey
	if withSHA256 {
		sum := sha256.Sum256([]byte(text))
		return text, hex.EncodeToString(sum[:]), nil
	}
	sum := sha1.Sum([]byte(text))
	return text, hex.EncodeToString(sum[:]), nil
}

func tokenHeader(token, spelling, appID string) (string, error) {
	switch spelling {
	case "unquoted":
		return "OPEN-ACCESS-TOKEN AccessToken=" + token, check("token", token)
	case "mixed_case":
		return `Open-Access-Token accessToken="` + token + `"`, check("token", token)
	case "quoted_with_app_id":
		return fmt.Sprintf(`OPEN-ACCESS-TOKEN AccessToken="%s", AppId="%s"`, token, appID), check("token", token, "appId", appID)
	}
	return "", errors.New("spelling")
}

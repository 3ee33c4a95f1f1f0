// Verifies what signer.go signs, and netpay notifications. Standard library only. Gives an error for what must be refused.
package main

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

var headerForm = regexp.MustCompile(`^OPEN-BODY-SIG AppId="([^"]*)", ?Timestamp="([^"]*)", ?Nonce="([^"]*)", ?Signature="([^"]*)"$`)
var tokenForm = regexp.MustCompile(`^OPEN-ACCESS-TOKEN AccessToken="([^"]*)", ?AppId="([^"]*)"$`)
var tokenAloneForm = regexp.MustCompile(`^(?:Open-Access-Token accessToken="([^"]*)"|OPEN-ACCESS-TOKEN AccessToken=([^"]*))$`)

func verify(appID, appKey, received string, body []byte) error {
	p := headerForm.FindStringSubmatch(received)
	if p == nil {
		return errors.New("header")
	}
	return verifyParts(appID, appKey, p[1], p[2], p[3], p[4], body)
}

func verifyParts(appID, appKey, receivedID, timestamp, nonce, signature string, body []byte) error {
	_, _, right, err := sign(receivedID, appKey, timestamp, nonce, body)
	if err != nil || check("signature", signature) != nil {
		return errors.New("parts")
	}
	given, err := base64.StdEncoding.DecodeString(signature)
	wanted, _ := base64.StdEncoding.DecodeString(right)
	if err != nil || receivedID != appID || !hmac.Equal(given, wanted) {
		return errors.New("AppId or signature")
	}
	return nil
}

func pairs(form string) (map[string]string, error) {
	found := map[string]string{}
	for _, pair := range strings.Split(form, "&") {
		rawName, rawValue, ok := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if _, twice := found[name]; !ok || twice || err1 != nil || err2 != nil || !utf8.ValidString(name+value) {
			return nil, errors.New("pair")
		}
		found[name] = value
	}
	return found, nil
}

func verifyQuery(appID, appKey, received string) error {
	q, err := pairs(received)
	if err != nil {
		return err
	}
	for _, name := range queryNames {
		if _, ok := q[name]; !ok || len(q) != len(queryNames) || q["authorization"] != "OPEN-FORM-PARAM" {
			return errors.New("query")
		}
	}
	return verifyParts(appID, appKey, q["appId"], q["timestamp"], q["nonce"], q["signature"], []byte(q["content"]))
}

// readTokenHeader gives token and AppId; the AppId is empty in two of the spellings.
func readTokenHeader(received string) (token, appID string, err error) {
	if p := tokenForm.FindStringSubmatch(received); p != nil {
		return p[1], p[2], check("token", p[1], "appId", p[2])
	}
	p := tokenAloneForm.FindStringSubmatch(received)
	if p == nil {
		return "", "", errors.New("header")
	}
	return p[1] + p[2], "", check("token", p[1]+p[2])
}

var fieldInside = regexp.MustCompile(`&[^&=]+=`)

// readsLikeAnother says whether the pair is signed like two: values are not escaped.
func readsLikeAnother(name, value string) bool {
	return strings.ContainsAny(name, "&=") || fieldInside.MatchString(value)
}

// verifyNotify gives the string to sign and the signature of a netpay notification whose signature is right.
// The receiver's hash counts, not the sender's.
func verifyNotify(key, form, signType string) (text, right string, err error) {
	if err = check("key", key); err != nil {
		return
	}
	p, err := pairs(form)
	if err != nil {
		return
	}
	var signed []string
	for name, value := range p {
		if value != "" && name != "sign" {
			signed = append(signed, name)
		}
	}
	sort.Strings(signed) // by bytes
	ambiguous := false
	for i, name := range signed {
		ambiguous = ambiguous || readsLikeAnother(name, p[name])
		signed[i] = name + "=" + p[name]
	}
	text = strings.Join(signed, "&") + key
	if said := p["signType"]; said != "" && said != signType {
		return "", "", errors.New("signType")
	}
	switch signType {
	case "MD5":
		sum := md5.Sum([]byte(text))
		right = hex.EncodeToString(sum[:])
	case "SHA256":
		sum := sha256.Sum256([]byte(text))
		right = hex.EncodeToString(sum[:])
	default:
		return "", "", errors.New("signType")
	}
	if !hmac.Equal([]byte(strings.ToLower(p["sign"])), []byte(right)) {
		return "", "", errors.New("sign")
	}
	if ambiguous {
		return "", "", errors.New("ambiguous: query the order")
	}
	return text, right, nil
}

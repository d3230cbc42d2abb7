// Package keystead checks API keys with a Keystead server: one file, the standard library, Go 1.18 or later. Copy it into your project.
//
//	guard := keystead.New("http://127.0.0.1:7300", token)
//	http.Handle("/v1/invoices/", guard.Require(invoices, "invoices:read"))
//
// A key that is not good is an answer. An error is that nobody could say: treat it like a refusal (503), never like a yes.
package keystead

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// No answer is longer; what is, is not from a Keystead server.
const answerMax = 1 << 20

// Question is what is asked of a key. Give IP, Referrer, Method and Path of your caller: keys bound to them are refused without.
type Question struct {
	Key         string   `json:"key"`
	Environment string   `json:"environment,omitempty"`
	IP          string   `json:"ip,omitempty"`
	Referrer    string   `json:"referrer,omitempty"`
	Method      string   `json:"method,omitempty"`
	Path        string   `json:"path,omitempty"`
	Scopes      []string `json:"scopes,omitempty"`
	AnyScopes   []string `json:"any_scopes,omitempty"`
	Cost        *int64   `json:"cost,omitempty"`
}

// Verdict is the answer.
type Verdict struct {
	Valid         bool     `json:"valid"`
	Code          string   `json:"code"`
	MissingScopes []string `json:"missing_scopes"`
	RetryAfterMS  *int64   `json:"retry_after_ms"`
	Key           *struct {
		ID     string   `json:"id"`
		Name   string   `json:"name"`
		Scopes []string `json:"scopes"`
	} `json:"key"`
	Owner *struct {
		Type       string  `json:"type"`
		ID         string  `json:"id"`
		ExternalID *string `json:"external_id"`
		Name       string  `json:"name"`
	} `json:"owner"`
}

// Guard asks one server with one backend key.
type Guard struct {
	url, bearer string
	client      *http.Client
	// ClientIP says what the caller's address is: of the connection. Behind a proxy that is yours to know.
	ClientIP func(*http.Request) string
}

// New takes the server's address and a backend key with keystead:verify. No answer within two seconds is an error.
func New(url, token string) *Guard {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &Guard{
		url:    strings.TrimRight(url, "/") + "/v1/api-keys/verify",
		bearer: "Bearer " + strings.TrimSpace(token),
		client: &http.Client{
			Timeout:   2 * time.Second,
			Transport: transport,
			// A redirect would take the keys elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		ClientIP: func(r *http.Request) string {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			return host
		},
	}
}

// Verify judges one key.
func (g *Guard) Verify(ctx context.Context, question Question) (*Verdict, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", g.bearer)
	request.Header.Set("Content-Type", "application/json")
	response, err := g.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Data  *Verdict `json:"data"`
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, answerMax)).Decode(&answer); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("keystead: %d: %s", response.StatusCode, answer.Error.Message)
	}
	if answer.Data == nil || answer.Data.Code == "" {
		return nil, errors.New("keystead: this answer is not from a Keystead server")
	}
	return answer.Data, nil
}

type verdictKey struct{}

// Of gives the verdict of a request that Require let through.
func Of(r *http.Request) *Verdict {
	verdict, _ := r.Context().Value(verdictKey{}).(*Verdict)
	return verdict
}

// Require lets requests with a good key that has all of these scopes through, and answers all others.
func (g *Guard) Require(next http.Handler, scopes ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-API-Key")
		if scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "bearer") {
			if key != "" && key != bearer {
				http.Error(w, "Authorization and X-API-Key differ", http.StatusBadRequest)
				return
			}
			key = strings.TrimSpace(bearer)
		}
		referrer := r.Header.Get("Referer")
		if referrer == "" {
			referrer = r.Header.Get("Origin")
		}
		if key == "" {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "an API key is needed", http.StatusUnauthorized)
			return
		}
		verdict, err := g.Verify(r.Context(), Question{
			Key: key, Scopes: scopes, IP: g.ClientIP(r), Referrer: referrer, Method: r.Method, Path: r.URL.EscapedPath(),
		})
		switch {
		case err != nil:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "keys cannot be checked now", http.StatusServiceUnavailable)
		case verdict.Valid && verdict.Code == "valid":
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), verdictKey{}, verdict)))
		case verdict.Code == "insufficient_scope" || strings.HasSuffix(verdict.Code, "_denied"):
			http.Error(w, verdict.Code, http.StatusForbidden)
		case verdict.Code == "rate_limited" || verdict.Code == "credits_exhausted":
			if verdict.RetryAfterMS != nil {
				w.Header().Set("Retry-After", strconv.FormatInt((*verdict.RetryAfterMS+999)/1000, 10))
			}
			http.Error(w, verdict.Code, http.StatusTooManyRequests)
		default:
			// Why a key is not good is for its owner to ask, not for whoever presents it.
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the API key is not valid", http.StatusUnauthorized)
		}
	})
}

// net/http + pgx по их документации: обработчик, пул, готовая команда из кэша соединения.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4/pgxpool"
)

const (
	poolSize = 16
	maxBody  = 16 * 1024
	taken    = "23505" // unique_violation, PostgreSQL, Appendix A
	insert   = `
	INSERT INTO customers (name, email, age, gender, country, address, phone, registered_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, now() AT TIME ZONE 'UTC')
	RETURNING id, name, email, age, gender, country, address, phone, registered_at`
	label = `[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?`
)

// WHATWG HTML, «valid e-mail address»: то же правило, что у <input type=email>.
var email = regexp.MustCompile("^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@" + label + `(?:\.` + label + `)*$`)

type customerCreate struct {
	Name    string  `json:"name"`
	Email   string  `json:"email"`
	Age     *int32  `json:"age"`
	Gender  *string `json:"gender"`
	Country *string `json:"country"`
	Address *string `json:"address"`
	Phone   *string `json:"phone"`
}

type customer struct {
	ID int32 `json:"id"`
	customerCreate
	RegisteredAt time.Time `json:"registered_at"`
}

type problem struct {
	Detail string   `json:"detail"`
	Errors []string `json:"errors,omitempty"`
}

// broken называет поля, чьи правила нарушены; типы проверил разбор JSON.
func (c *customerCreate) broken() []string {
	var fields []string
	check := func(field string, isRight bool) {
		if !isRight {
			fields = append(fields, field)
		}
	}
	check("name", c.Name != "" && isText(&c.Name, 100))
	check("email", isText(&c.Email, 100) && email.MatchString(c.Email))
	check("age", c.Age == nil || *c.Age >= 0 && *c.Age <= 150)
	check("gender", isText(c.Gender, 10))
	check("country", isText(c.Country, 100))
	check("address", isText(c.Address, 255))
	check("phone", isText(c.Phone, 25))
	return fields
}

func isText(value *string, most int) bool {
	return value == nil ||
		utf8.RuneCountInString(*value) <= most && !strings.ContainsRune(*value, 0)
}

func answer(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(document); err != nil {
		log.Print(err)
	}
}

func register(pool *pgxpool.Pool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			answer(w, http.StatusMethodNotAllowed, problem{Detail: "Method not allowed"})
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			answer(w, http.StatusRequestEntityTooLarge, problem{Detail: "Body too large"})
			return
		}
		var given customerCreate
		if err := json.Unmarshal(body, &given); err != nil {
			answer(w, http.StatusUnprocessableEntity, problem{"Invalid request", []string{"body"}})
			return
		}
		if fields := given.broken(); fields != nil {
			answer(w, http.StatusUnprocessableEntity, problem{"Invalid request", fields})
			return
		}
		stored, err := insertCustomer(r.Context(), pool, &given)
		var refused *pgconn.PgError
		switch {
		case err == nil:
			answer(w, http.StatusCreated, stored)
		case errors.As(err, &refused) && refused.Code == taken:
			answer(w, http.StatusBadRequest, problem{Detail: "Email already registered"})
		default:
			log.Print(err)
			answer(w, http.StatusInternalServerError, problem{Detail: "Internal error"})
		}
	}
}

func insertCustomer(ctx context.Context, pool *pgxpool.Pool, c *customerCreate) (*customer, error) {
	var row customer
	err := pool.QueryRow(ctx, insert, c.Name, c.Email, c.Age, c.Gender, c.Country, c.Address, c.Phone).
		Scan(&row.ID, &row.Name, &row.Email, &row.Age, &row.Gender, &row.Country, &row.Address,
			&row.Phone, &row.RegisteredAt)
	return &row, err
}

func health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = poolSize
	pool, err := pgxpool.ConnectConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/health", health)
	http.HandleFunc("/register", register(pool))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

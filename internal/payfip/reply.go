package payfip

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"preau/internal/money"
)

// ErrReply is an answer that cannot be read.
var ErrReply = errors.New("payfip: an answer that cannot be read")

// Bounds of an answer.
const (
	replyMost = 64 << 10 // bytes
	depthMost = 20
)

// Fault is a refusal of the service.
type Fault struct {
	Kind  string // FonctionnelleErreur, TechDysfonctionnementErreur, TechIndisponibiliteErreur, TechProtocolaireErreur; as the detail says
	Code  string // T2, R3, P5 …; 999: technical
	Label string
}

// Error is the fault for the log.
func (f *Fault) Error() string { return fmt.Sprintf("payfip: %s %s: %s", f.Kind, f.Code, f.Label) }

// Payment is what the service says of a payment.
type Payment struct {
	Operation     string // idOp
	Client        string // numcli
	Debt          string // refdet
	Total         money.Cents
	Result        string // resultrans: P, V, A, R, Z
	Authorisation string // numauto; absent when refused
	Date, Hour    string // JJMMAAAA and HHMM, of Paris
	Mode          string // saisie
}

// leaf is a text of the answer, with the names of the elements around it in small letters, without their prefixes.
type leaf struct{ parent, name, text string }

// leaves reads an answer flat. Name spaces and cases vary from one server of the service to another, so neither is looked at.
func leaves(body []byte) (list []leaf, err error) {
	if len(body) > replyMost {
		return nil, ErrReply
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(label, "iso-8859-1") || strings.EqualFold(label, "us-ascii") {
			return latin1(in)
		}
		return nil, ErrReply
	}
	var path []string
	var text strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrReply, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, strings.ToLower(token.Name.Local))
			text.Reset()
			if len(path) > depthMost {
				return nil, ErrReply
			}
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			l := leaf{name: path[len(path)-1], text: strings.TrimSpace(text.String())}
			if len(path) > 1 {
				l.parent = path[len(path)-2]
			}
			list = append(list, l)
			path = path[:len(path)-1]
			text.Reset()
		case xml.Directive:
			return nil, ErrReply // no answer has a document type
		}
	}
	if len(path) > 0 || len(list) == 0 || list[len(list)-1].name != "envelope" {
		return nil, ErrReply
	}
	return list, nil
}

// latin1 gives a text of ISO-8859-1 in UTF-8.
func latin1(in io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(io.LimitReader(in, replyMost))
	if err != nil {
		return nil, err
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return strings.NewReader(string(runes)), nil
}

// fields reads an answer into what stands in its return element; a *Fault when it is one.
func fields(body []byte) (map[string]string, error) {
	list, err := leaves(body)
	if err != nil {
		return nil, err
	}
	if f := fault(list); f != nil {
		return nil, f
	}
	values := map[string]string{}
	for _, l := range list {
		if l.parent != "return" {
			continue
		}
		if _, twice := values[l.name]; twice {
			return nil, ErrReply
		}
		values[l.name] = l.text
	}
	if len(values) == 0 {
		return nil, ErrReply
	}
	return values, nil
}

// kinds are the elements that a fault's detail holds.
var kinds = map[string]string{
	"fonctionnelleerreur": "FonctionnelleErreur", "techdysfonctionnementerreur": "TechDysfonctionnementErreur",
	"techindisponibiliteerreur": "TechIndisponibiliteErreur", "techprotocolaireerreur": "TechProtocolaireErreur",
}

// fault finds a refusal, by what its detail holds: its faultstring is now the short name, now a class of theirs.
func fault(list []leaf) *Fault {
	var f *Fault
	said := ""
	for _, l := range list {
		switch {
		case l.name == "faultstring":
			said = l.text
		case kinds[l.parent] != "":
			if f == nil {
				f = &Fault{Kind: kinds[l.parent]}
			}
			switch l.name {
			case "code":
				f.Code = l.text
			case "libelle":
				f.Label = l.text
			}
		case l.name == "fault" && f == nil:
			f = &Fault{Kind: "Fault", Label: said}
		}
	}
	return f
}

// ParseCreated reads the identifier of the payment that was created.
func ParseCreated(body []byte) (operation string, err error) {
	values, err := fields(body)
	if err != nil {
		return "", err
	}
	if operation = values["idop"]; !ValidOperation(operation) {
		return "", ErrReply
	}
	return operation, nil
}

// ParseDetail reads what became of a payment.
func ParseDetail(body []byte) (p Payment, err error) {
	values, err := fields(body)
	if err != nil {
		return p, err
	}
	total, err := strconv.ParseInt(values["montant"], 10, 64)
	if err != nil || total < 0 {
		return p, ErrReply
	}
	p = Payment{Operation: values["idop"], Client: values["numcli"], Debt: values["refdet"], Total: money.Cents(total), Result: strings.ToUpper(values["resultrans"]),
		Authorisation: values["numauto"], Date: values["dattrans"], Hour: values["heurtrans"], Mode: values["saisie"]}
	if !ValidOperation(p.Operation) || p.Client == "" || p.Debt == "" || len(p.Result) > 10 || len(p.Authorisation) > 100 {
		return Payment{}, ErrReply
	}
	return p, nil
}

// ParseClient reads who a client number is: the lines of its name that are not empty.
func ParseClient(body []byte) (number string, lines []string, err error) {
	values, err := fields(body)
	if err != nil {
		return "", nil, err
	}
	for _, name := range []string{"libellen1", "libellen2", "libellen3"} {
		if values[name] != "" {
			lines = append(lines, values[name])
		}
	}
	if number = values["numcli"]; number == "" {
		return "", nil, ErrReply
	}
	return number, lines, nil
}

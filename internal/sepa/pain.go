package sepa

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"

	"preau/internal/money"
)

// The elements of the message, in the order of its schema; both versions differ by the name of the BIC and by the shape of addresses.
type (
	document struct {
		XMLName   xml.Name `xml:"Document"`
		Namespace string   `xml:"xmlns,attr"`
		Message   message  `xml:"CstmrDrctDbtInitn"`
	}
	message struct {
		Header header        `xml:"GrpHdr"`
		Parts  []instruction `xml:"PmtInf"`
	}
	header struct {
		ID        string `xml:"MsgId"`
		Made      string `xml:"CreDtTm"`
		Count     int    `xml:"NbOfTxs"`
		Sum       string `xml:"CtrlSum"`
		Initiator party  `xml:"InitgPty"`
	}
	instruction struct {
		ID        string        `xml:"PmtInfId"`
		Method    string        `xml:"PmtMtd"`
		Count     int           `xml:"NbOfTxs"`
		Sum       string        `xml:"CtrlSum"`
		Service   string        `xml:"PmtTpInf>SvcLvl>Cd"`
		Scheme    string        `xml:"PmtTpInf>LclInstrm>Cd"`
		Sequence  string        `xml:"PmtTpInf>SeqTp"`
		DueOn     string        `xml:"ReqdColltnDt"`
		Creditor  party         `xml:"Cdtr"`
		Account   string        `xml:"CdtrAcct>Id>IBAN"`
		Bank      bank          `xml:"CdtrAgt>FinInstnId"`
		Holder    *party        `xml:"UltmtCdtr"`
		Charges   string        `xml:"ChrgBr"`
		ICS       string        `xml:"CdtrSchmeId>Id>PrvtId>Othr>Id"`
		ICSScheme string        `xml:"CdtrSchmeId>Id>PrvtId>Othr>SchmeNm>Prtry"`
		Debits    []transaction `xml:"DrctDbtTxInf"`
	}
	transaction struct {
		EndToEnd string  `xml:"PmtId>EndToEndId"`
		Amount   amount  `xml:"InstdAmt"`
		Mandate  mandate `xml:"DrctDbtTx>MndtRltdInf"`
		Bank     bank    `xml:"DbtrAgt>FinInstnId"`
		Debtor   party   `xml:"Dbtr"`
		Account  string  `xml:"DbtrAcct>Id>IBAN"`
		Label    string  `xml:"RmtInf>Ustrd,omitempty"`
	}
	amount struct {
		Currency string `xml:"Ccy,attr"`
		Text     string `xml:",chardata"`
	}
	mandate struct {
		ID       string   `xml:"MndtId"`
		SignedOn string   `xml:"DtOfSgntr"`
		Amended  bool     `xml:"AmdmntInd"`
		Details  *amended `xml:"AmdmntInfDtls"`
	}
	amended struct {
		Account string `xml:"OrgnlDbtrAcct>Id>Othr>Id"`
	}
	bank struct {
		BIC   string `xml:"BIC,omitempty"`
		BICFI string `xml:"BICFI,omitempty"`
		Other *other `xml:"Othr"`
	}
	party struct {
		Name    string   `xml:"Nm"`
		Address *address `xml:"PstlAdr"`
		ID      *other   `xml:"Id>OrgId>Othr"`
	}
	other struct {
		ID     string  `xml:"Id"`
		Scheme *scheme `xml:"SchmeNm"`
	}
	scheme struct {
		Name string `xml:"Prtry"`
	}
	address struct {
		Street   string   `xml:"StrtNm,omitempty"`
		Number   string   `xml:"BldgNb,omitempty"`
		Postcode string   `xml:"PstCd,omitempty"`
		Town     string   `xml:"TwnNm,omitempty"`
		Country  string   `xml:"Ctry"`
		Lines    []string `xml:"AdrLine"`
	}
)

// File writes the order as the bank takes it. The same order gives the same bytes. What the bank would refuse is an error, and nothing is
// written.
func (o Order) File() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	d := document{Namespace: "urn:iso:std:iso:20022:tech:xsd:" + string(o.Version)}
	d.Message.Header = header{ID: o.ID, Made: o.Made.Time().In(o.Loc).Format("2006-01-02T15:04:05"), Count: len(o.Debits), Sum: o.Sum().Decimal(),
		Initiator: party{Name: Text(o.Creditor.Name, 70)}}
	if o.Creditor.SIRET != "" {
		d.Message.Header.Initiator.ID = &other{ID: o.Creditor.SIRET, Scheme: &scheme{"SIRET"}}
	}
	for _, p := range o.parts() {
		d.Message.Parts = append(d.Message.Parts, o.instruction(p))
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	if err := e.Encode(d); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func (o Order) instruction(p part) instruction {
	c := o.Creditor
	out := instruction{ID: o.ID + "-" + string(p.sequence) + strings.ReplaceAll(p.dueOn.String(), "-", ""), Method: "DD", Count: len(p.debits),
		Service: "SEPA", Scheme: "CORE", Sequence: string(p.sequence), DueOn: p.dueOn.String(),
		Creditor: party{Name: Text(c.Name, 70), Address: o.address(c.Address)}, Account: string(c.IBAN), Bank: o.bank(c.BIC),
		Charges: "SLEV", ICS: string(c.ICS), ICSScheme: "SEPA"}
	if c.HolderName != "" {
		out.Holder = &party{Name: Text(c.HolderName, 70)}
		if c.HolderIBAN != "" {
			out.Holder.ID = &other{ID: string(c.HolderIBAN)}
		}
	}
	var sum money.Cents
	for _, d := range p.debits {
		sum += d.Cents
		out.Debits = append(out.Debits, o.transaction(d))
	}
	out.Sum = sum.Decimal()
	return out
}

func (o Order) transaction(d Debit) transaction {
	t := transaction{EndToEnd: d.EndToEnd, Amount: amount{"EUR", d.Cents.Decimal()},
		Mandate: mandate{ID: string(d.RUM), SignedOn: d.SignedOn.String(), Amended: d.NewAccount},
		Bank:    o.bank(d.BIC), Debtor: party{Name: Text(d.Name, 70), Address: o.address(d.Address)}, Account: string(d.IBAN), Label: Text(d.Label, 140)}
	if d.NewAccount {
		t.Mandate.Details = &amended{Account: "SMNDA"} // same mandate, new debtor account
	}
	return t
}

func (o Order) bank(b BIC) bank {
	switch {
	case b == "":
		return bank{Other: &other{ID: "NOTPROVIDED"}}
	case o.Version == Pain00802:
		return bank{BIC: string(b)}
	}
	return bank{BICFI: string(b)}
}

// address is structured in the newer version, and two lines in the older.
func (o Order) address(a Address) *address {
	if a.Town == "" || len(a.Country) != 2 {
		return nil
	}
	if o.Version == Pain00802 {
		out := &address{Country: a.Country}
		for _, line := range []string{Text(a.Number+" "+a.Street, 70), Text(a.Postcode+" "+a.Town, 70)} {
			if line != "" {
				out.Lines = append(out.Lines, line)
			}
		}
		return out
	}
	return &address{Street: Text(a.Street, 70), Number: Text(a.Number, 16), Postcode: Text(a.Postcode, 16), Town: Text(a.Town, 35), Country: a.Country}
}

// SplitStreet takes the number of a building, with its bis or ter, off a line of address: "12 bis rue des Écoles" is "12 bis" and "rue des
// Écoles".
func SplitStreet(line string) (number, street string) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return "", strings.Join(words, " ")
	}
	first := strings.TrimRight(words[0], ",")
	if _, err := strconv.Atoi(strings.TrimRight(first, "abcdABCD")); err != nil || len(first) > 8 {
		return "", strings.Join(words, " ")
	}
	n := 1
	switch strings.ToLower(strings.TrimRight(words[1], ",")) {
	case "bis", "ter", "quater":
		first, n = first+" "+strings.TrimRight(words[1], ","), 2
	}
	return first, strings.Join(words[n:], " ")
}

package identity

import "strings"

// DeviceName says in French what browser a User-Agent header describes: "Firefox sur Android". It is for recognising one's
// own devices in a list, and decides nothing.
func DeviceName(userAgent string) string {
	browser := first(userAgent, "Navigateur",
		"Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox/", "Firefox", "FxiOS", "Firefox",
		"CriOS", "Chrome", "Chromium", "Chromium", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := first(userAgent, "",
		"iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "CrOS", "ChromeOS",
		"Macintosh", "Mac", "Linux", "Linux")
	if system == "" {
		return browser
	}
	return browser + " sur " + system
}

// first finds the first mark of the pairs (mark, name) in s and gives its name.
func first(s, otherwise string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.Contains(s, pairs[i]) {
			return pairs[i+1]
		}
	}
	return otherwise
}

package intake

import "strings"

// The names that the seed draws from; each list is ordered by how often it is drawn.
var (
	girls = strings.Fields(`Jade Louise Ambre Alba Emma Rose Alice Romy Anna Lina Léna Mia Lou Julia Chloé Inès Agathe Iris Nina Léonie Juliette Victoire
		Zoé Eva Jeanne Adèle Mila Sofia Margaux Charlie Camille Olivia Élise Inaya Assia Yasmine Capucine Apolline Héloïse Éléna Maëlys Thaïs Noémie Anaïs
		Aïcha Fatou Salomé Margot Clémence Philippine Ophélie Gaëlle Océane Linh Ana-Lucia Anne-Sophie Marie-Lou Lise-Marie Rose-Aimée`)
	boys = strings.Fields(`Gabriel Raphaël Léo Louis Noah Jules Adam Arthur Isaac Maël Liam Sacha Nathan Eden Lucas Gabin Hugo Marceau Naël Aaron Malo Paul
		Victor Martin Augustin Tom Théo Mathis Ethan Samuel Antoine Élie Côme Basile Timéo Rayan Ibrahim Mohamed Youssef Amadou Oscar Axel Valentin Baptiste
		Clément Anatole Achille Gaspard Loïs Joël Noé Ilyès Kaïs Minh Jean-Baptiste Pierre-Louis Paul-Émile Jean-Noël Marc-Antoine Loïc`)
	mothers = strings.Fields(`Aurélie Émilie Élodie Céline Julie Laetitia Stéphanie Sandrine Virginie Marie Caroline Audrey Hélène Delphine Laura Sarah Pauline
		Mélanie Amandine Claire Sophie Charlotte Anaïs Lucie Nadia Samira Fatima Leïla Karima Aminata Mariam Bénédicte Ségolène Maud Agnès Gaëlle Solène
		Anne-Laure Marie-Hélène Anne-Claire Inês Béatrice Thi-Lan Joséphine Naïma Oumou`)
	fathers = strings.Fields(`Nicolas Julien Sébastien Thomas Guillaume Jérôme David Christophe Cédric Alexandre Mathieu Benoît Frédéric Vincent Olivier Romain
		Arnaud François Stéphane Grégory Karim Mehdi Samir Rachid Mamadou Ousmane Étienne Rémi Aurélien Loïc Yann Gaël Jean-Philippe Pierre-Yves Jean-Marc
		Benjamin Raphaël Joël João Tiago Quang Noël Boubacar Abdelkader Cyrille`)
	surnames = listed(`Martin,Bernard,Thomas,Petit,Robert,Richard,Durand,Dubois,Moreau,Laurent,Simon,Michel,Lefebvre,Leroy,Roux,David,Bertrand,Morel,
		Fournier,Girard,Bonnet,Dupont,Lambert,Fontaine,Rousseau,Vincent,Muller,Lefèvre,Faure,André,Mercier,Blanc,Guérin,Boyer,Garnier,Chevalier,François,Legrand,
		Gauthier,Garcia,Perrin,Robin,Clément,Morin,Nicolas,Henry,Roussel,Mathieu,Gautier,Masson,Marchand,Duval,Denis,Dumont,Marie,Lemaire,Noël,Meyer,Dufour,
		Meunier,Brun,Blanchard,Giraud,Joly,Rivière,Lucas,Brunet,Gaillard,Barbier,Arnaud,Martinez,Gérard,Roche,Renard,Schmitt,Roy,Leroux,Colin,Vidal,Caron,
		Picard,Aubert,Lemoine,Renaud,Dumas,Lacroix,Olivier,Philippe,Bourgeois,Pierre,Benoît,Rey,Leclerc,Payet,Rolland,Leclercq,Guillaume,Lecomte,López,Le Goff,
		Le Gall,Le Bihan,Le Roux,Kervella,Guéguen,de La Fontaine,de Villiers,du Plessis,d’Almeida,d’Hauteville,de Souza,da Silva,dos Santos,Ferreira,Pereira,
		N’Diaye,Diallo,Traoré,Koné,M’Bappé-Durand,Cissé,Benali,Benkhelifa,El Amrani,Ben Salah,Haddad,Mansouri,Aït-Ahmed,Nguyen,Trần,Phạm,Chen,Kowalski,Nowak,
		Müller,Weiß,Öztürk,Yılmaz,Popescu,Ionescu,Ivanov,Lefèvre-Duval,Saint-Martin,Cœurderoy,Lebœuf,Œuvrard,Çelik,Peña,Muñoz`)
	streets = listed(`rue des Lilas,avenue Foch,rue du Général-Leclerc,quai du Canotier,rue des Landes,allée des Platanes,boulevard de la République,
		rue Auguste-Renoir,place Maurice-Berteaux,rue des Beaunes,avenue Guy-de-Maupassant,rue de Croissy,chemin du Bac,rue du Château,square Debussy,
		rue de l’Abbé-Borreau,avenue d’Aligre,rue Camille-Pérignon,impasse des Écoles,rue du Lieutenant-Ricard`)
)

// listed splits a list written on several lines.
func listed(text string) []string {
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

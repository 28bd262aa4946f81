/** Jeder Satz der Oberfläche auf Deutsch. Schlüssel und {Namen} wie in en.js. */
export default {
  // Seiten und häufige Wörter
  contract_page: "Vertragsraum",
  form_page: "Feedback geben",
  history_page: "Arbeitshistorie",
  loading: "Wird geladen …",
  try_again: "Erneut versuchen",
  cancel: "Abbrechen",

  // Der Vertrag
  status_active: "Läuft",
  status_ended: "Beendet",
  parties: "{client} und {freelancer}",
  role_client: "Auftraggeber",
  role_freelancer: "Freelancer",
  contract_id: "Vertrag",
  started: "Begonnen",
  ended: "Beendet",
  since: "Seit {date}",
  from_to: "{from} – {to}",
  more_actions: "Weitere Aktionen",
  sections: "Bereiche dieses Vertrags",
  tab_feedback: "Feedback",
  tab_details: "Details",

  // Um Feedback bitten
  request_feedback: "Um Feedback bitten",
  invitation_request_feedback:
    "Fragen Sie {client}, wie es läuft. Sie müssen nicht auf das Ende des Vertrags warten.",
  request_explained:
    "{client} erhält eine E-Mail mit einem Link. Das Feedback erscheint öffentlich in Ihrer "
    + "Arbeitshistorie und wirkt sich nicht auf Ihren Job Success Score aus.",
  request_message: "Nachricht an {client} (freiwillig)",
  request_send: "Bitte absenden",
  request_sent: "Ihre Bitte ist unterwegs zu {client}.",
  sending: "Wird gesendet …",

  // Bitten um Feedback
  open_request_freelancer: "Sie haben {client} um Feedback gebeten",
  open_request_client: "{freelancer} bittet um Ihr Feedback",
  open_request_other: "{freelancer} hat {client} um Feedback gebeten",
  asked_at: "Gefragt am {when}",
  answer_until: "Antwort möglich bis {when}",
  past_requests: "Frühere Bitten um Feedback",
  outcome_fulfilled: "Beantwortet",
  outcome_expired: "Abgelaufen",
  outcome_cancelled: "Aufgehoben",
  closed_fulfilled: "Gefragt: {asked}, beantwortet: {closed}",
  closed_expired: "Gefragt: {asked}, abgelaufen: {closed}",
  closed_cancelled: "Gefragt: {asked}, aufgehoben: {closed}",
  closed_other: "Gefragt: {asked}, beendet: {closed}",

  // Warum etwas nicht möglich ist
  not_now_request_feedback: "Sie können im Moment nicht um Feedback bitten",
  not_now_give_feedback: "Sie können im Moment kein Feedback geben",
  reason_contract_not_active:
    "Dieser Vertrag ist beendet. Feedback gehört nun zum Abschluss des Vertrags.",
  reason_contract_not_active_yet: "Dieser Vertrag hat noch nicht begonnen.",
  reason_contract_too_new: "Dieser Vertrag läuft noch nicht lange genug.",
  reason_no_recent_payment:
    "Für diesen Vertrag gab es in letzter Zeit keine Zahlung. Mit der nächsten geht es wieder.",
  reason_feedback_too_recent: "Zu diesem Vertrag wurde erst vor Kurzem Feedback gegeben.",
  reason_request_pending: "Eine Bitte um Feedback ist noch offen.",
  reason_requests_not_enabled: "Um Feedback zu bitten ist für Sie noch nicht freigeschaltet.",
  reason_clears: "Das ändert sich am {when}.",
  possible_from: "Möglich wird es am {when}.",
  payment_needed_by_then: "Bis dahin wird auch eine neue Zahlung nötig sein.",

  // Das Formular
  give_feedback: "Feedback geben",
  invitation_give_feedback: "Wie läuft es? Sagen Sie es {freelancer}, solange die Arbeit noch im Gange ist.",
  form_title: "Ihr Feedback für {freelancer}",
  form_public:
    "Ihr Feedback ist öffentlich. Es erscheint in der Arbeitshistorie und wirkt sich nicht auf den "
    + "Job Success Score aus.",
  category_skills: "Fachkenntnisse",
  category_quality: "Qualität",
  category_availability: "Erreichbarkeit",
  category_deadlines: "Termintreue",
  category_communication: "Kommunikation",
  category_cooperation: "Zusammenarbeit",
  worst: "Schlecht",
  best: "Ausgezeichnet",
  stars: { one: "{count} Stern", other: "{count} Sterne" },
  stars_worst: { one: "{count} Stern, schlecht", other: "{count} Sterne, schlecht" },
  stars_best: { one: "{count} Stern, ausgezeichnet", other: "{count} Sterne, ausgezeichnet" },
  average: "Gesamt: {score} von 5",
  average_missing: "Gesamt: {count} von {all} bewertet",
  prefilled: {
    one: "Sie haben in der E-Mail {count} Stern gewählt, damit beginnen alle sechs. Ändern Sie jeden davon.",
    other:
      "Sie haben in der E-Mail {count} Sterne gewählt, damit beginnen alle sechs. Ändern Sie jeden davon.",
  },
  confirm_prefilled: {
    one: "Ja, {count} Stern in allen sechs Kategorien",
    other: "Ja, {count} Sterne in allen sechs Kategorien",
  },
  confirm_missing:
    "Setzen Sie hier ein Häkchen, oder ändern Sie oben eine Bewertung: So wissen wir, dass ein Mensch gewählt hat.",
  rating_missing: "Wählen Sie einen bis fünf Sterne.",
  comment: "Kommentar (freiwillig)",
  comment_hint: "Was läuft gut? Was könnte besser laufen?",
  characters: "{count} von {limit} Zeichen",
  too_long: {
    one: "Das ist {count} Zeichen zu lang.",
    other: "Das sind {count} Zeichen zu viel.",
  },
  publish: "Feedback veröffentlichen",
  field_refused: "Das wurde nicht angenommen: {detail}",

  // Nach dem Formular
  thanks_title: "Danke. Ihr Feedback ist öffentlich.",
  thanks_text:
    "Es gehört nun zur Arbeitshistorie von {freelancer}. Sie müssen nichts weiter tun.",
  unsent:
    "Ihr Text wurde nicht veröffentlicht. Er bleibt hier stehen, damit Sie ihn kopieren können.",
  unsent_uncertain:
    "Wir konnten nicht erfahren, ob Ihr Text angekommen ist. Er bleibt hier stehen, damit Sie ihn kopieren können.",

  // Feedback
  kind_mid_contract: "Während des Vertrags",
  kind_end_of_contract: "Zum Ende des Vertrags",
  score_of: "{score} von 5",
  counts: "Zählt für den Job Success Score",
  counts_not: "Zählt nicht für den Job Success Score",
  feedback: "Feedback",
  no_feedback: "Zu diesem Vertrag gibt es noch kein Feedback.",

  // Arbeitshistorie
  history_empty: "Noch keine Verträge",
  history_empty_text:
    "Verträge erscheinen hier, sobald sie beginnen, zusammen mit dem Feedback dazu.",
  history_average: {
    one: "Durchschnitt {score}, aus der einen hier gezeigten Bewertung.",
    other: "Durchschnitt {score}, aus den {count} hier gezeigten Bewertungen.",
  },
  contract_average: "Durchschnitt {score} aus {count} Bewertungen",
  show_more: "Mehr anzeigen",
  shown: { one: "{count} Vertrag wird gezeigt.", other: "{count} Verträge werden gezeigt." },

  // Wenn etwas nicht klappt: je ein Titel und ein Text
  problem_signed_out: "Ihre Anmeldung ist abgelaufen",
  problem_signed_out_text:
    "Gehen Sie zurück zum Marktplatz und öffnen Sie diese Seite von dort aus neu. Was Sie geschrieben "
    + "haben, bleibt in diesem Tab erhalten.",
  problem_not_found: "Hier ist nichts",
  problem_not_found_text: "Die Adresse dieser Seite ist nicht vollständig.",
  problem_contract_not_found: "Diesen Vertrag gibt es hier nicht",
  problem_contract_not_found_text: "Er existiert nicht, oder es ist nicht Ihrer.",
  problem_link_invalid: "Dieser Link funktioniert nicht",
  problem_link_invalid_text:
    "Vielleicht wurde er abgeschnitten. Öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz.",
  problem_link_expired: "Diese Bitte um Feedback ist abgelaufen",
  problem_link_expired_at: "Eine Antwort war möglich bis {when}.",
  problem_link_expired_text: "Der Freelancer kann Sie erneut bitten.",
  problem_already_answered: "Diese Bitte wurde schon beantwortet",
  problem_already_answered_at: "Das war am {when}.",
  problem_already_answered_text: "Das Feedback ist veröffentlicht. Sie müssen nichts weiter tun.",
  problem_contract_ended: "Dieser Vertrag ist beendet",
  problem_contract_ended_at: "Er endete am {when}, und mit ihm die Bitte.",
  problem_contract_ended_text: "Feedback gehört nun zum Abschluss des Vertrags.",
  problem_request_cancelled: "Diese Bitte wurde aufgehoben",
  problem_request_cancelled_at: "Das war am {when}.",
  problem_request_cancelled_text: "Sie braucht keine Antwort mehr. Sie müssen nichts tun.",
  problem_not_eligible: "Das ist im Moment nicht möglich",
  problem_not_eligible_text: "Seit diese Seite geöffnet wurde, hat sich etwas geändert.",
  problem_request_pending: "Es gibt schon eine offene Bitte",
  problem_request_pending_text: "Eine weitere ist möglich, sobald sie beantwortet oder abgelaufen ist.",
  problem_not_the_client: "Nur der Auftraggeber kann Feedback geben",
  problem_not_the_client_text: "Sie sind als die andere Seite dieses Vertrags angemeldet.",
  problem_not_the_freelancer: "Nur der Freelancer kann um Feedback bitten",
  problem_not_the_freelancer_text: "Sie sind als die andere Seite dieses Vertrags angemeldet.",
  problem_requests_not_enabled: "Um Feedback zu bitten ist für Sie noch nicht freigeschaltet",
  problem_requests_not_enabled_text: "Es wird Schritt für Schritt eingeführt.",
  problem_invalid_request: "Etwas braucht noch einen Blick",
  problem_invalid_request_text: "Nichts ist verloren. Beachten Sie die Hinweise unten.",
  problem_too_large: "Das ist zu lang zum Senden",
  problem_too_large_text: "Bitte kürzen Sie den Text. Nichts ist verloren.",
  problem_busy: "Der Dienst ist ausgelastet",
  problem_busy_text:
    "Bitte versuchen Sie es gleich noch einmal. Nichts ist verloren, und nichts wird doppelt gesendet.",
  problem_busy_for: {
    one:
      "Bitte versuchen Sie es in {count} Sekunde noch einmal. Nichts ist verloren, und nichts wird "
      + "doppelt gesendet.",
    other:
      "Bitte versuchen Sie es in {count} Sekunden noch einmal. Nichts ist verloren, und nichts wird "
      + "doppelt gesendet.",
  },
  problem_unreachable: "Keine Antwort",
  problem_unreachable_text:
    "Die Verbindung ist gescheitert. Bitte versuchen Sie es noch einmal: Nichts ist verloren, und "
    + "nichts wird doppelt gesendet.",
  problem_refused: "Das ist nicht möglich",
  problem_refused_text: "Der Dienst meldet: {detail}",
  problem_unexpected: "Etwas ist schiefgegangen",
  problem_unexpected_text: "Das liegt an uns. Bitte versuchen Sie es später noch einmal. Nichts ist verloren.",
  reference: "Wenn Sie sich an den Support wenden, nennen Sie bitte die Referenz {reference}.",
};

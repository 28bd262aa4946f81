/**
 * All texts of the pages and elements, in German (formal). Keys and {names} are those of en.js.
 * Roles are verbs ("wer den Auftrag vergeben hat"), because nouns such as "Auftraggeber" are masculine.
 */
export default {
  // Page titles and common words
  contract_page: "Vertragsbereich",
  feedback_page: "Feedback geben",
  freelancer_page: "Auftragshistorie",
  inbox_page: "Wartet auf Sie",
  preferences_page: "E-Mail-Einstellungen",
  loading: "Wird geladen …",
  try_again: "Erneut versuchen",
  cancel: "Abbrechen",
  sign_in: "Anmelden",
  to_contract: "Zum Vertrag",

  // The contract. {client} and {freelancer} are names.
  status_active: "Läuft",
  status_ended: "Beendet",
  parties: "Auftrag von {client} an {freelancer}",
  parties_client: "Ihr Auftrag an {freelancer}",
  parties_freelancer: "Auftrag von {client} an Sie",
  role_client: "Auftrag von",
  role_freelancer: "Auftrag an",
  person: "{name}",
  person_you: "{name} (Sie)",
  contract_id: "Vertrags-ID",
  started: "Beginn",
  ended: "Ende",
  since: "Seit {date}",
  from_to: "{from} – {to}",
  more_actions: "Weitere Aktionen",
  sections: "Bereiche dieses Vertrags",
  tab_feedback: "Feedback",
  tab_details: "Details",

  // Requesting feedback
  request_feedback: "Um Feedback bitten",
  invitation_request_feedback:
    "Bitten Sie {client} jetzt um öffentliches Feedback. Sie müssen nicht auf das Ende des Vertrags warten.",
  request_explained:
    "{client} erhält eine E-Mail mit Ihrer Nachricht und einem Link. Das Feedback erscheint öffentlich in Ihrer "
    + "Auftragshistorie, aber ohne Namen. Auf Ihren Job Success Score wirkt es sich nicht aus.",
  request_message: "Nachricht an {client} (optional)",
  request_send: "Anfrage senden",
  request_sent: "Ihre Anfrage ist auf dem Weg zu {client}.",
  sending: "Wird gesendet …",

  // Requests, open and past. {when} is a day, and {left} is time_left. {time} is a number of days, hours or minutes.
  time_left: "noch {time}",
  open_request_client: "{freelancer} bittet Sie um Feedback",
  open_request_freelancer: "Sie haben {client} um Feedback gebeten",
  open_request_other: "{freelancer} hat {client} um Feedback gebeten",
  answer_until_you: "Sie können bis zum {when} antworten ({left}).",
  answer_until_client: "{client} kann bis zum {when} antworten ({left}).",
  again_unanswered: "Kommt keine Antwort, können Sie erneut um Feedback bitten.",
  past_requests: "Frühere Anfragen",
  outcome_fulfilled: "Beantwortet",
  outcome_expired: "Abgelaufen",
  outcome_cancelled: "Entfallen",
  outcome_declined: "Abgelehnt",
  outcome_withdrawn: "Zurückgezogen",
  closed_fulfilled: "Gesendet am {asked}, beantwortet am {closed}",
  closed_expired: "Gesendet am {asked}, abgelaufen am {closed}",
  closed_cancelled: "Gesendet am {asked}, entfallen am {closed}",
  closed_declined: "Gesendet am {asked}, abgelehnt am {closed}",
  closed_withdrawn: "Gesendet am {asked}, zurückgezogen am {closed}",
  closed_other: "Gesendet am {asked}, geschlossen am {closed}",

  // Declining a request
  decline: "Ablehnen",
  decline_title: "Anfrage von {freelancer} ablehnen",
  decline_explained: "Wenn Sie ablehnen, wird nichts veröffentlicht. Sie müssen das nicht begründen.",
  decline_choice: "Was sollen wir {freelancer} mitteilen?",
  decline_allowed: "Jetzt nicht",
  decline_allowed_hint: "{freelancer} kann Sie später erneut um Feedback bitten.",
  decline_muted: "Bitte keine Anfragen mehr zu diesem Vertrag",
  decline_muted_hint: "Sie können Anfragen im Vertrag jederzeit wieder zulassen.",
  decline_missing: "Wählen Sie eine der beiden Möglichkeiten.",
  decline_send: "Anfrage ablehnen",
  declined_title: "Sie haben die Anfrage abgelehnt.",
  declined_muted:
    "{freelancer} kann Sie zu diesem Vertrag nicht mehr um Feedback bitten, außer Sie lassen Anfragen im Vertrag "
    + "wieder zu.",

  // Taking a request back, and turning requests off
  withdraw: "Anfrage zurückziehen",
  withdraw_title: "Ihre Anfrage zurückziehen",
  withdraw_explained: "{client} kann sie dann nicht mehr beantworten.",
  withdraw_again: "Sie können danach nicht sofort erneut anfragen. Sobald sie zurückgezogen ist, steht hier der Grund.",
  withdraw_again_from: "Ab dem {when} können Sie wieder um Feedback bitten.",
  withdraw_again_now: "Sie können dann sofort wieder um Feedback bitten.",
  withdrawn: "Sie haben die Anfrage zurückgezogen.",
  withdrawn_again_now: "Sie können jetzt erneut um Feedback bitten.",
  requests_muted: "{freelancer} kann Sie zu diesem Vertrag nicht mehr um Feedback bitten.",
  requests_allowed: "{freelancer} kann Sie wieder um Feedback bitten.",
  requests_muted_client:
    "Sie erhalten zu diesem Vertrag keine Anfragen mehr. {freelancer} kann Sie erst wieder um Feedback bitten, wenn Sie "
    + "das zulassen oder ohne Anfrage Feedback geben.",
  requests_muted_freelancer:
    "{client} möchte zu diesem Vertrag keine weiteren Anfragen. Diese Anfrage bleibt offen.",
  requests_allow: "Anfragen wieder zulassen",

  // The e-mail of a request. A text that ends in _you is for the client. {when} is a day, or a day and a time.
  delivery_queued: "Die E-Mail ist unterwegs.",
  delivery_sent: "E-Mail gesendet am {when}.",
  delivery_delivered: "E-Mail zugestellt am {when}.",
  delivery_delayed:
    "Die E-Mail verzögert sich. Der Mailserver von {client} hat sie noch nicht angenommen; wir versuchen es weiter.",
  delivery_delayed_you:
    "Die E-Mail verzögert sich. Ihr Mailserver hat sie noch nicht angenommen; wir versuchen es weiter.",
  delivery_bounced: "{client} ist per E-Mail nicht erreichbar. Bitten Sie darum, die Adresse zu prüfen.",
  delivery_bounced_you:
    "Unsere E-Mail konnte Ihnen nicht zugestellt werden. Bitte prüfen Sie Ihre Adresse auf dem Marktplatz.",
  delivery_complained: "{client} erhält keine E-Mails zu Anfragen mehr, kann aber auf dem Marktplatz antworten.",
  delivery_complained_you:
    "Sie haben unsere E-Mail als Spam gemeldet. Deshalb senden wir keine E-Mails mehr an Ihre Adresse.",
  delivery_not_sent: "Es wurde keine E-Mail gesendet.",
  not_sent_unsubscribed:
    "Es wurde keine E-Mail gesendet: {client} hat sie abbestellt, kann aber auf dem Marktplatz antworten.",
  not_sent_unsubscribed_you: "Es wurde keine E-Mail gesendet: Sie haben E-Mails zu Anfragen abbestellt.",
  not_sent_address_undeliverable:
    "Es wurde keine E-Mail gesendet: {client} ist nicht erreichbar. Bitten Sie darum, die Adresse zu prüfen.",
  not_sent_address_undeliverable_you:
    "Es wurde keine E-Mail gesendet: Frühere haben Sie nicht erreicht. Bitte prüfen Sie Ihre Adresse auf dem "
    + "Marktplatz.",
  not_sent_no_address: "Es wurde keine E-Mail gesendet: Von {client} ist keine Adresse bekannt.",
  not_sent_no_address_you: "Es wurde keine E-Mail gesendet: Wir haben keine E-Mail-Adresse von Ihnen.",
  not_sent_request_closed: "Es wurde keine E-Mail gesendet: Die Anfrage war schon geschlossen.",
  delivery_other: "E-Mail: {status}",

  // Why an action is not possible. A text that ends in _until is used when the reason ends at a known time.
  not_now_request_feedback: "Sie können im Moment nicht um Feedback bitten.",
  not_now_give_feedback: "Sie können im Moment kein Feedback geben.",
  possible_from_request_feedback: "Ab dem {when} können Sie um Feedback bitten.",
  possible_from_give_feedback: "Ab dem {when} können Sie Feedback geben.",
  reason_contract_not_active:
    "Dieser Vertrag ist beendet. Wer den Auftrag vergeben hat, kann jetzt Feedback zum Vertragsende geben.",
  reason_contract_not_active_until: "Dieser Vertrag hat noch nicht begonnen. Er beginnt am {when}.",
  reason_contract_too_new: "Dieser Vertrag läuft noch nicht lange genug.",
  reason_contract_too_new_until: "Dieser Vertrag läuft noch nicht lange genug. Das ändert sich am {when}.",
  reason_no_recent_payment: "Zu diesem Vertrag gab es in letzter Zeit keine Zahlung. Es ist eine neue Zahlung nötig.",
  reason_feedback_too_recent: "Zu diesem Vertrag wurde vor Kurzem Feedback gegeben.",
  reason_feedback_too_recent_until:
    "Zu diesem Vertrag wurde vor Kurzem Feedback gegeben. Die Wartezeit endet am {when}.",
  reason_request_pending: "Sie haben schon eine offene Anfrage.",
  reason_request_pending_until: "Sie haben schon eine offene Anfrage. Diese läuft am {when} ab.",
  reason_requests_not_enabled: "Feedback-Anfragen sind für Sie noch nicht verfügbar.",
  reason_request_declined: "Die andere Vertragspartei möchte im Moment kein Feedback geben.",
  reason_request_declined_until:
    "Die andere Vertragspartei möchte im Moment kein Feedback geben. Die Wartezeit endet am {when}.",
  reason_requests_muted:
    "Für diesen Vertrag sind Feedback-Anfragen abgeschaltet. Nur wer den Auftrag vergeben hat, kann sie wieder "
    + "einschalten.",
  reason_request_withdrawn_recently: "Sie haben Ihre letzte Anfrage zurückgezogen.",
  reason_request_withdrawn_recently_until:
    "Sie haben Ihre letzte Anfrage zurückgezogen. Die Wartezeit endet am {when}.",
  reason_client_not_reachable: "Die andere Vertragspartei ist nicht mehr erreichbar.",
  reason_until: "Das ändert sich am {when}.",
  payment_needed_by_then: "Bis dahin ist auch eine neue Zahlung nötig.",

  // The form
  give_feedback: "Feedback geben",
  invitation_give_feedback: "Bewerten Sie die bisherige Arbeit von {freelancer}. Ihr Feedback ist öffentlich.",
  form_title: "Ihr Feedback für {freelancer}",
  form_public:
    "Sie geben dieses Feedback zu Ihrem Auftrag „{title}“. Es erscheint öffentlich in der Auftragshistorie von "
    + "{freelancer}, aber ohne Ihren Namen. Auf den Job Success Score wirkt es sich nicht aus.",
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
  average: "Durchschnitt: {score} von 5",
  average_missing: "{count} von {all} Kategorien bewertet",
  prefilled: {
    one:
      "Der Link in der E-Mail schlägt für alle sechs Kategorien {count} Stern vor. Bestätigen Sie das unten, "
      + "oder ändern Sie einzelne.",
    other:
      "Der Link in der E-Mail schlägt für alle sechs Kategorien {count} Sterne vor. Bestätigen Sie das unten, "
      + "oder ändern Sie einzelne.",
  },
  confirm_prefilled: {
    one: "Ja, {count} Stern in allen sechs Kategorien",
    other: "Ja, {count} Sterne in allen sechs Kategorien",
  },
  confirm_missing: "Setzen Sie hier ein Häkchen, wenn das für alle sechs gilt, oder ändern Sie oben eine Bewertung.",
  rating_missing: "Wählen Sie 1 bis 5 Sterne.",
  comment: "Kommentar (optional)",
  comment_hint: "Was läuft gut? Was könnte besser laufen?",
  characters: "{count} von {limit} Zeichen",
  too_long: {
    one: "Das ist {count} Zeichen zu viel.",
    other: "Das sind {count} Zeichen zu viel.",
  },
  publish: "Feedback veröffentlichen",
  publish_hint: "Das ist dann öffentlich.",
  publish_hint_until: "Das ist dann öffentlich. Sie können es bis zum {when} bearbeiten.",
  field_refused: "Das wurde nicht angenommen: {detail}",

  // After the form
  thanks_title: "Vielen Dank. Ihr Feedback ist öffentlich.",
  thanks_text:
    "Es steht jetzt in der Auftragshistorie von {freelancer}, aber ohne Ihren Namen. Sie müssen nichts weiter tun.",
  unsent: "Ihr Text wurde nicht veröffentlicht. Sie können ihn hier kopieren.",
  unsent_uncertain:
    "Wir wissen nicht sicher, ob Ihr Feedback angekommen ist. Sie können Ihren Text hier kopieren.",

  // Editing feedback. {when} is a day, or a day and a time.
  edit: "Feedback bearbeiten",
  edit_until: "Sie können Ihr Feedback bis zum {when} bearbeiten.",
  edit_title: "Ihr Feedback bearbeiten",
  edit_explained:
    "Was Sie speichern, ersetzt Ihr öffentliches Feedback. Dort steht dann, dass es bearbeitet wurde. Frühere Fassungen "
    + "bleiben für Sie und die andere Vertragspartei sichtbar.",
  edit_unseen: "Diese Seite kann Ihr bisheriges Feedback nicht zeigen. Was Sie speichern, ersetzt es ganz.",
  edit_save: "Änderungen speichern",
  edit_saved: "Ihr bearbeitetes Feedback ist öffentlich.",
  edit_newer: "Ihr Feedback lautet jetzt:",
  edit_use_newer: "Von dieser Fassung ausgehen",

  // Feedback
  kind_mid_contract: "Während des Vertrags",
  kind_end_of_contract: "Zum Vertragsende",
  score_of: "{score} von 5",
  counts: "Zählt für den Job Success Score",
  counts_not: "Zählt nicht für den Job Success Score",
  feedback: "Feedback",
  feedback_client: "Feedback für {freelancer}",
  feedback_freelancer: "Feedback, das Sie erhalten haben",
  no_feedback: "Zu diesem Vertrag gibt es noch kein Feedback.",
  edited_on: "Bearbeitet am {date}",
  earlier_versions: "Frühere Fassungen ({count})",
  replaced_on: "Ersetzt am {date}",
  edited_after_reply: "Das Feedback wurde nach dieser Antwort bearbeitet.",

  // Replies to feedback, by the freelancer. {when} is a day, or a day and a time.
  reply: "Antworten",
  reply_until: "Sie können bis zum {when} antworten.",
  reply_title: "Auf das Feedback von {client} antworten",
  reply_explained:
    "Ihre Antwort erscheint öffentlich unter dem Feedback. Für kurze Zeit können Sie sie ändern oder zurücknehmen.",
  reply_text: "Ihre Antwort",
  reply_missing: "Schreiben Sie zuerst Ihre Antwort.",
  reply_send: "Antwort veröffentlichen",
  reply_published: "Ihre Antwort ist öffentlich.",
  reply_change: "Antwort ändern",
  reply_change_until: "Sie können Ihre Antwort bis zum {when} ändern oder zurücknehmen.",
  reply_change_title: "Ihre Antwort ändern",
  reply_change_send: "Antwort speichern",
  reply_changed: "Ihre Antwort wurde geändert.",
  reply_take_back: "Antwort zurücknehmen",
  reply_take_back_title: "Ihre Antwort zurücknehmen",
  reply_take_back_explained:
    "Sie wird dann nicht mehr angezeigt. Eine neue können Sie nur schreiben, solange die Frist für Antworten läuft.",
  reply_taken_back: "Sie haben Ihre Antwort zurückgenommen.",
  reply_from: "Antwort von {freelancer}",
  reply_from_you: "Ihre Antwort",
  reply_from_other: "Antwort auf dieses Feedback",
  reply_edited: "Geändert am {when}",

  // Reporting feedback or a reply, and what was removed. Grounds are choices, and stand after "Reason:".
  report_feedback: "Feedback melden",
  report_reply: "Antwort melden",
  report_explained:
    "Der Marktplatz prüft, ob dies gegen seine Regeln verstößt. Wir teilen der anderen Person nicht mit, von wem die "
    + "Meldung stammt.",
  report_choice: "Was ist daran nicht in Ordnung?",
  report_missing: "Wählen Sie einen Grund.",
  report_details: "Einzelheiten (optional)",
  report_details_hint: "Das kann nur der Marktplatz lesen.",
  report_send: "Meldung senden",
  report_sent:
    "Vielen Dank. Der Marktplatz prüft Ihre Meldung. Sie erhalten eine Nachricht, sobald entschieden ist. Bis dahin "
    + "bleibt alles sichtbar.",
  ground_abusive: "Verletzende Sprache",
  ground_abusive_hint: "Beleidigungen, Drohungen, Belästigung oder Hass",
  ground_off_topic: "Gehört nicht zur Arbeit",
  ground_off_topic_hint: "Werbung, Spam oder eine andere Angelegenheit",
  ground_private_information: "Private Angaben",
  ground_private_information_hint: "Zum Beispiel eine Adresse, eine Telefonnummer oder etwas zur Gesundheit",
  ground_false_statement: "Falsche Behauptung",
  ground_false_statement_hint: "Eine nachweislich falsche Tatsache. Schlechte Bewertungen sind Meinungen, keine Tatsachen.",
  ground_extortion: "Erpressung",
  ground_extortion_hint: "Jemand hat damit Geld, kostenlose Arbeit oder eine bessere Bewertung verlangt",
  removed_feedback: "Der Marktplatz hat dieses Feedback am {when} entfernt.",
  removed_reply: "Der Marktplatz hat diese Antwort am {when} entfernt.",
  removed_ground: "Grund: {ground}",

  // The inbox: all requests that wait for a client
  inbox_link: "Anfragen, die auf Sie warten",
  inbox_count: { one: "{count} Anfrage wartet auf Sie.", other: "{count} Anfragen warten auf Sie." },
  inbox_first: {
    one: "Gezeigt wird die Anfrage mit der nächsten Frist.",
    other: "Gezeigt werden die {count} Anfragen mit den nächsten Fristen.",
  },
  inbox_empty: "Nichts wartet auf Sie",
  inbox_empty_text:
    "Wenn jemand Sie um Feedback bittet, erscheint die Anfrage hier. Sie können Feedback auch ohne Anfrage geben, im "
    + "Vertrag.",

  // Work history
  history_empty: "Noch keine Verträge",
  history_empty_text: "Sobald ein Vertrag beginnt, erscheint er hier, zusammen mit seinem Feedback.",
  show_more: "Mehr anzeigen",
  shown: { one: "{count} Vertrag wird angezeigt.", other: "{count} Verträge werden angezeigt." },

  // The summary of a freelancer’s feedback
  summary_count: { one: "Aus {count} Feedback", other: "Aus {count} Feedbacks" },
  summary_none: "Noch keines.",
  summary_empty: "Noch kein Feedback.",
  summary_missing: "Wir konnten die Zusammenfassung aller Feedbacks nicht laden.",

  // Turning e-mails off and on
  preferences_legend: "E-Mails zu Feedback-Anfragen",
  preferences_subscribed: "Ich möchte sie bekommen",
  preferences_subscribed_hint: "Sie bekommen eine E-Mail, wenn Sie um Feedback gebeten werden, und Erinnerungen daran.",
  preferences_unsubscribed: "Ich möchte keine bekommen",
  preferences_unsubscribed_hint:
    "Das gilt für alle Ihre Verträge. Auf dem Marktplatz finden Sie die Anfragen weiterhin und können sie dort "
    + "beantworten.",
  preferences_save: "Speichern",
  preferences_saved_subscribed: "Gespeichert. Sie bekommen wieder E-Mails zu Feedback-Anfragen.",
  preferences_saved_unsubscribed: "Gespeichert. Sie bekommen keine E-Mails zu Feedback-Anfragen mehr.",
  preferences_unchanged: "Wählen Sie die andere Möglichkeit, um das zu ändern.",

  // When a call to the API fails: a title and a text for each code.
  // A text in _at is shown before the others if the API says when something closed; a text in _until is shown after
  // them if the API says when something will close.
  problem_signed_out: "Bitte melden Sie sich an",
  problem_signed_out_text:
    "Melden Sie sich auf dem Marktplatz an und öffnen Sie diese Seite von dort aus. Was Sie geschrieben haben, "
    + "bleibt in diesem Browser-Tab erhalten.",
  problem_not_found: "Seite nicht gefunden",
  problem_not_found_text:
    "Vielleicht fehlt ein Teil der Adresse. Öffnen Sie die Seite noch einmal vom Marktplatz aus oder verwenden "
    + "Sie den vollständigen Link.",
  problem_contract_not_found: "Wir haben diesen Vertrag nicht gefunden",
  problem_contract_not_found_text:
    "Bitte prüfen Sie die Adresse. Sie können nur Verträge sehen, an denen Sie selbst beteiligt sind.",
  problem_request_not_found: "Wir haben diese Anfrage nicht gefunden",
  problem_request_not_found_text: "Öffnen Sie den Vertrag noch einmal, um die Anfragen zu sehen.",
  problem_feedback_not_found: "Wir haben dieses Feedback nicht gefunden",
  problem_feedback_not_found_text: "Öffnen Sie den Vertrag noch einmal, um sein Feedback zu sehen.",
  problem_link_invalid: "Dieser Link funktioniert nicht",
  problem_link_invalid_text:
    "Vielleicht fehlt ein Teil davon. Öffnen Sie ihn noch einmal aus der E-Mail oder kopieren Sie den vollständigen "
    + "Link. Sie können sich auch auf dem Marktplatz anmelden und dort Feedback geben.",
  problem_preferences_link_invalid: "Dieser Link funktioniert nicht",
  problem_preferences_link_invalid_text:
    "Vielleicht fehlt ein Teil davon. Öffnen Sie ihn noch einmal aus der E-Mail oder kopieren Sie den "
    + "vollständigen Link.",
  problem_link_expired: "Diese Anfrage ist abgelaufen",
  problem_link_expired_at: "Die Frist für die Antwort ist am {when} abgelaufen.",
  problem_link_expired_text: "Sie können aber erneut um Feedback gebeten werden.",
  problem_link_expired_unprompted: "Sie können noch Feedback geben",
  problem_link_expired_unprompted_at: "Die Frist für diese Anfrage ist am {when} abgelaufen.",
  problem_link_expired_unprompted_text:
    "Sie können auch ohne Anfrage Feedback geben: Melden Sie sich an und öffnen Sie den Vertrag.",
  problem_already_answered: "Diese Anfrage wurde schon beantwortet",
  problem_already_answered_at: "Das Feedback wurde am {when} gegeben.",
  problem_already_answered_text: "Es ist öffentlich. Sie müssen nichts weiter tun.",
  problem_contract_ended: "Dieser Vertrag ist beendet",
  problem_contract_ended_at: "Er endete am {when}. Damit ist auch diese Anfrage geschlossen.",
  problem_contract_ended_text: "Auf dem Marktplatz können Sie Feedback zum Vertragsende geben.",
  problem_request_cancelled: "Diese Anfrage ist entfallen",
  problem_request_cancelled_at: "Sie ist am {when} entfallen.",
  problem_request_cancelled_text: "Sie brauchen nicht mehr zu antworten.",
  problem_request_declined: "Sie haben diese Anfrage abgelehnt",
  problem_request_declined_at: "Sie haben sie am {when} abgelehnt.",
  problem_request_declined_text: "Sie müssen nichts weiter tun.",
  problem_request_declined_unprompted_text:
    "Falls Sie es sich anders überlegt haben, können Sie noch Feedback geben: Melden Sie sich an und öffnen Sie den "
    + "Vertrag.",
  problem_request_withdrawn: "Diese Anfrage wurde zurückgezogen",
  problem_request_withdrawn_at: "Sie wurde am {when} zurückgezogen.",
  problem_request_withdrawn_text: "Sie brauchen nicht mehr zu antworten.",
  problem_request_withdrawn_unprompted_text:
    "Sie können auch ohne Anfrage Feedback geben: Melden Sie sich an und öffnen Sie den Vertrag.",
  problem_link_superseded: "Dieser Link funktioniert nicht mehr",
  problem_link_superseded_text:
    "Ihre E-Mail-Adresse hat sich seither geändert. Verwenden Sie den Link aus der E-Mail an Ihre neue Adresse, oder "
    + "melden Sie sich auf dem Marktplatz an und antworten Sie dort.",
  problem_not_eligible: "Das ist im Moment nicht möglich",
  problem_not_eligible_text: "Seit Sie diese Seite geöffnet haben, hat sich etwas geändert.",
  problem_request_pending: "Sie haben schon eine offene Anfrage",
  problem_request_pending_text: "Sobald sie beantwortet oder abgelaufen ist, können Sie erneut um Feedback bitten.",
  problem_request_pending_until: "Die Anfrage läuft am {when} ab.",
  problem_request_closed: "Diese Anfrage ist schon geschlossen",
  problem_request_closed_at: "Sie wurde am {when} geschlossen.",
  problem_request_closed_text: "Ihr Stand ist jetzt: {status}.",
  problem_not_answered: "Diese Anfrage ist noch nicht beantwortet",
  problem_not_answered_text: "Öffnen Sie den Link in der E-Mail noch einmal, um sie zu beantworten.",
  problem_correction_closed: "Ihr Feedback lässt sich nicht mehr bearbeiten",
  problem_correction_closed_at: "Die Zeit dafür ist am {when} abgelaufen.",
  problem_correction_closed_text: "Es bleibt öffentlich, so wie es ist.",
  problem_too_many_corrections: "Ihr Feedback lässt sich nicht noch einmal bearbeiten",
  problem_too_many_corrections_text: "Es wurde so oft bearbeitet wie möglich und bleibt öffentlich, so wie es ist.",
  problem_revision_mismatch: "Ihr Feedback hat sich inzwischen geändert",
  problem_revision_mismatch_text:
    "Es wurde an anderer Stelle bearbeitet, zum Beispiel in einem anderen Tab. Ihre Eingaben sind noch da. Wenn Sie "
    + "jetzt speichern, ersetzen sie die neuere Fassung.",
  problem_feedback_removed: "Der Marktplatz hat dies entfernt",
  problem_feedback_removed_text: "Es kann nicht mehr geändert, beantwortet oder gemeldet werden.",
  problem_reply_closed: "Die Frist für Ihre Antwort ist abgelaufen",
  problem_reply_closed_at: "Sie endete am {when}.",
  problem_reply_closed_text:
    "Sie können zu diesem Feedback keine Antwort mehr schreiben, ändern oder zurücknehmen.",
  problem_already_reported: "Sie haben dies schon gemeldet",
  problem_already_reported_text:
    "Sie erhalten eine Nachricht, sobald entschieden ist. Danach wird nur erneut geprüft, wenn sich der Text ändert.",
  problem_not_the_client: "Das kann nur, wer den Auftrag vergeben hat",
  problem_not_the_client_text: "Sie sind angemeldet, haben diesen Auftrag aber nicht vergeben.",
  problem_not_the_freelancer: "Das kann nur, wer den Auftrag erhalten hat",
  problem_not_the_freelancer_text: "Sie sind angemeldet, haben diesen Auftrag aber nicht erhalten.",
  problem_requests_not_enabled: "Sie können noch nicht um Feedback bitten",
  problem_requests_not_enabled_text: "Wir führen diese Möglichkeit schrittweise ein.",
  problem_invalid_request: "Bitte prüfen Sie Ihre Eingaben",
  problem_invalid_request_text: "Die Hinweise unten zeigen, was zu ändern ist.",
  problem_too_large: "Ihr Text ist zu lang",
  problem_too_large_text: "Bitte kürzen Sie ihn und versuchen Sie es noch einmal.",
  problem_busy: "Der Dienst ist gerade ausgelastet",
  problem_busy_text: "Bitte versuchen Sie es gleich noch einmal.",
  problem_busy_for: {
    one: "Bitte versuchen Sie es in {count} Sekunde noch einmal.",
    other: "Bitte versuchen Sie es in {count} Sekunden noch einmal.",
  },
  problem_unreachable: "Wir konnten den Dienst nicht erreichen",
  problem_unreachable_text: "Bitte prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.",
  problem_refused: "Das ist nicht möglich",
  problem_refused_text: "Der Dienst meldet: {detail}",
  problem_unexpected: "Etwas ist schiefgegangen",
  problem_unexpected_text: "Das liegt an uns. Bitte versuchen Sie es später noch einmal.",
  input_kept:
    "Ihre Eingaben bleiben erhalten. Sie können es gefahrlos noch einmal versuchen: Es zählt nur einmal.",
  reference: "Wenn Sie sich an den Support wenden, nennen Sie bitte die Referenz {reference}.",
};

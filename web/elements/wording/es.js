/**
 * All texts of the pages and elements, in Spanish (neutral, with "tú"). Keys and {names} are those of en.js.
 * No text has "y" or "o" before a name: before some names they would be "e" and "u".
 */
export default {
  // Page titles and common words
  contract_page: "Espacio del contrato",
  feedback_page: "Dar una valoración",
  freelancer_page: "Historial de trabajo",
  inbox_page: "Pendiente de tu respuesta",
  preferences_page: "Preferencias de correo",
  loading: "Cargando…",
  try_again: "Reintentar",
  cancel: "Cancelar",
  sign_in: "Iniciar sesión",
  to_contract: "Ir al contrato",

  // The contract. {client} and {freelancer} are names.
  status_active: "En curso",
  status_ended: "Finalizado",
  parties: "Cliente: {client} · Freelancer: {freelancer}",
  parties_client: "Cliente: tú · Freelancer: {freelancer}",
  parties_freelancer: "Cliente: {client} · Freelancer: tú",
  role_client: "Cliente",
  role_freelancer: "Freelancer",
  person: "{name}",
  person_you: "{name} (tú)",
  contract_id: "ID del contrato",
  started: "Inicio",
  ended: "Fin",
  since: "Desde el {date}",
  from_to: "Del {from} al {to}",
  more_actions: "Más acciones",
  sections: "Secciones de este contrato",
  tab_feedback: "Valoraciones",
  tab_details: "Detalles",

  // Requesting feedback
  request_feedback: "Pedir una valoración",
  invitation_request_feedback:
    "Pide ahora a {client} una valoración pública. No hace falta esperar a que termine el contrato.",
  request_explained:
    "{client} recibirá un correo con tu mensaje y un enlace. Su valoración se publicará en tu historial de "
    + "trabajo, sin su nombre, y no afecta a tu Job Success Score.",
  request_message: "Mensaje para {client} (opcional)",
  request_send: "Enviar solicitud",
  request_sent: "Tu solicitud va en camino a {client}.",
  sending: "Enviando…",

  // Requests, open and past. {when} is a day, and {left} is time_left. {time} is a number of days, hours or minutes.
  time_left: { one: "queda {time}", other: "quedan {time}" },
  open_request_client: "{freelancer} te pide una valoración",
  open_request_freelancer: "Has pedido una valoración a {client}",
  open_request_other: "{freelancer} ha pedido una valoración a {client}",
  answer_until_you: "Tienes hasta el {when} ({left}).",
  answer_until_client: "{client} tiene hasta el {when} ({left}).",
  again_unanswered: "Si no hay respuesta, podrás volver a pedir una valoración.",
  past_requests: "Solicitudes anteriores",
  outcome_fulfilled: "Respondida",
  outcome_expired: "Vencida",
  outcome_cancelled: "Cancelada",
  outcome_declined: "Rechazada",
  outcome_withdrawn: "Retirada",
  closed_fulfilled: "Enviada el {asked}, respondida el {closed}",
  closed_expired: "Enviada el {asked}, vencida el {closed}",
  closed_cancelled: "Enviada el {asked}, cancelada el {closed}",
  closed_declined: "Enviada el {asked}, rechazada el {closed}",
  closed_withdrawn: "Enviada el {asked}, retirada el {closed}",
  closed_other: "Enviada el {asked}, cerrada el {closed}",

  // Declining a request
  decline: "Rechazar",
  decline_title: "Rechazar la solicitud de {freelancer}",
  decline_explained: "Si la rechazas, no se publica nada. No tienes que explicar por qué.",
  decline_choice: "¿Qué le decimos a {freelancer}?",
  decline_allowed: "Ahora no",
  decline_allowed_hint: "{freelancer} podrá volver a pedirte una valoración más adelante.",
  decline_muted: "No quiero más solicitudes en este contrato",
  decline_muted_hint: "Puedes volver a permitirlas en el contrato cuando quieras.",
  decline_missing: "Elige una de las dos opciones.",
  decline_send: "Rechazar solicitud",
  declined_title: "Has rechazado la solicitud.",
  declined_muted:
    "{freelancer} no podrá volver a pedirte una valoración en este contrato, salvo que vuelvas a permitir las "
    + "solicitudes en el contrato.",

  // Taking a request back, and turning requests off
  withdraw: "Retirar solicitud",
  withdraw_title: "Retirar tu solicitud",
  withdraw_explained: "{client} ya no podrá responderla.",
  withdraw_again: "No podrás enviar otra enseguida. Cuando la hayas retirado, aquí verás el motivo.",
  withdraw_again_from: "Podrás volver a pedir una valoración a partir del {when}.",
  withdraw_again_now: "Podrás volver a pedir una valoración de inmediato.",
  withdrawn: "Has retirado la solicitud.",
  withdrawn_again_now: "Ya puedes volver a pedir una valoración.",
  requests_muted: "{freelancer} no podrá volver a pedirte una valoración en este contrato.",
  requests_allowed: "{freelancer} puede volver a pedirte una valoración.",
  requests_muted_client:
    "Has desactivado las solicitudes de este contrato. {freelancer} podrá volver a pedirte una valoración si lo permites "
    + "o si das una sin que te la pidan.",
  requests_muted_freelancer: "{client} no quiere más solicitudes en este contrato. Esta sigue abierta.",
  requests_allow: "Volver a permitir solicitudes",

  // The e-mail of a request. A text that ends in _you is for the client. {when} is a day, or a day and a time.
  delivery_queued: "El correo está en camino.",
  delivery_sent: "Correo enviado el {when}.",
  delivery_delivered: "Correo entregado el {when}.",
  delivery_delayed:
    "El correo se retrasa. El servidor de correo de {client} aún no lo ha aceptado; seguimos intentándolo.",
  delivery_delayed_you: "El correo se retrasa. Tu servidor de correo aún no lo ha aceptado; seguimos intentándolo.",
  delivery_bounced: "No se ha podido contactar con {client} por correo. Pídele que revise su dirección.",
  delivery_bounced_you: "No hemos podido entregarte nuestro correo. Revisa tu dirección en la plataforma.",
  delivery_complained: "{client} ya no recibe correos sobre solicitudes, pero puede responder en la plataforma.",
  delivery_complained_you: "Marcaste nuestro correo como spam, así que ya no enviamos correos a tu dirección.",
  delivery_not_sent: "No se ha enviado ningún correo.",
  not_sent_unsubscribed:
    "No se ha enviado ningún correo: {client} canceló la suscripción, pero puede responder en la plataforma.",
  not_sent_unsubscribed_you:
    "No se ha enviado ningún correo: cancelaste la suscripción a los correos sobre solicitudes.",
  not_sent_address_undeliverable:
    "No se ha enviado ningún correo: no se puede contactar con {client}. Pídele que revise su dirección.",
  not_sent_address_undeliverable_you:
    "No se ha enviado ningún correo: los anteriores no te llegaron. Revisa tu dirección en la plataforma.",
  not_sent_no_address: "No se ha enviado ningún correo: no consta la dirección de {client}.",
  not_sent_no_address_you: "No se envió ningún correo: no tenemos una dirección de correo tuya.",
  not_sent_request_closed: "No se ha enviado ningún correo: la solicitud ya estaba cerrada.",
  delivery_other: "Correo: {status}",

  // Why an action is not possible. A text that ends in _until is used when the reason ends at a known time.
  not_now_request_feedback: "Por ahora no puedes pedir una valoración.",
  not_now_give_feedback: "Por ahora no puedes dar una valoración.",
  possible_from_request_feedback: "Podrás pedir una valoración a partir del {when}.",
  possible_from_give_feedback: "Podrás dar una valoración a partir del {when}.",
  reason_contract_not_active: "Este contrato ha finalizado. Ya se puede dar la valoración final como cliente.",
  reason_contract_not_active_until: "Este contrato aún no ha empezado. Empieza el {when}.",
  reason_contract_too_new: "Este contrato aún no lleva suficiente tiempo en curso.",
  reason_contract_too_new_until: "Este contrato aún no lleva suficiente tiempo en curso. Eso cambiará el {when}.",
  reason_no_recent_payment: "Este contrato no ha tenido pagos recientes. Hace falta un nuevo pago.",
  reason_feedback_too_recent: "Este contrato recibió una valoración hace poco.",
  reason_feedback_too_recent_until:
    "Este contrato recibió una valoración hace poco. El plazo de espera termina el {when}.",
  reason_request_pending: "Ya tienes una solicitud abierta.",
  reason_request_pending_until: "Ya tienes una solicitud abierta. Vence el {when}.",
  reason_requests_not_enabled: "Aún no tienes disponible la opción de pedir valoraciones.",
  reason_request_declined: "La otra parte del contrato prefiere no dar una valoración por ahora.",
  reason_request_declined_until:
    "La otra parte del contrato prefiere no dar una valoración por ahora. El plazo de espera termina el {when}.",
  reason_requests_muted:
    "Las solicitudes de valoración están desactivadas en este contrato. Solo la parte cliente puede volver a "
    + "activarlas.",
  reason_request_withdrawn_recently: "Retiraste tu última solicitud.",
  reason_request_withdrawn_recently_until: "Retiraste tu última solicitud. El plazo de espera termina el {when}.",
  reason_client_not_reachable: "Ya no es posible contactar con la otra parte del contrato.",
  reason_until: "Esto cambiará el {when}.",
  payment_needed_by_then: "Para entonces también hará falta un nuevo pago.",

  // The form
  give_feedback: "Dar una valoración",
  invitation_give_feedback: "Valora el trabajo de {freelancer} hasta ahora. Tu valoración será pública.",
  form_title: "Tu valoración de {freelancer}",
  form_public:
    "Das esta valoración como cliente de «{title}». Se publicará en el historial de trabajo de {freelancer}, sin tu "
    + "nombre. No afecta a su Job Success Score.",
  category_skills: "Conocimientos",
  category_quality: "Calidad",
  category_availability: "Disponibilidad",
  category_deadlines: "Plazos",
  category_communication: "Comunicación",
  category_cooperation: "Colaboración",
  worst: "Deficiente",
  best: "Excelente",
  stars: { one: "{count} estrella", other: "{count} estrellas" },
  stars_worst: { one: "{count} estrella, deficiente", other: "{count} estrellas, deficiente" },
  stars_best: { one: "{count} estrella, excelente", other: "{count} estrellas, excelente" },
  average: "Promedio: {score} de 5",
  average_missing: "{count} de {all} categorías valoradas",
  prefilled: {
    one:
      "El enlace del correo propone {count} estrella para las seis categorías. Confírmalo abajo o cambia "
      + "cualquiera de ellas.",
    other:
      "El enlace del correo propone {count} estrellas para las seis categorías. Confírmalo abajo o cambia "
      + "cualquiera de ellas.",
  },
  confirm_prefilled: {
    one: "Sí, {count} estrella en las seis categorías",
    other: "Sí, {count} estrellas en las seis categorías",
  },
  confirm_missing: "Marca esta casilla si quieres esto para las seis, o cambia arriba una puntuación.",
  rating_missing: "Elige de 1 a 5 estrellas.",
  comment: "Comentario (opcional)",
  comment_hint: "¿Qué va bien? ¿Qué podría mejorar?",
  characters: "{count} de {limit} caracteres",
  too_long: {
    one: "Sobra {count} carácter.",
    other: "Sobran {count} caracteres.",
  },
  publish: "Publicar valoración",
  publish_hint: "Será pública.",
  publish_hint_until: "Será pública. Podrás editarla hasta el {when}.",
  field_refused: "No se ha aceptado: {detail}",

  // After the form
  thanks_title: "Gracias. Tu valoración ya es pública.",
  thanks_text:
    "Ya forma parte del historial de trabajo de {freelancer}, sin tu nombre. No tienes que hacer nada más.",
  unsent: "Lo que escribiste no se ha publicado. Puedes copiarlo aquí.",
  unsent_uncertain:
    "No hemos podido confirmar que recibimos tu valoración. Puedes copiar aquí lo que escribiste.",

  // Editing feedback. {when} is a day, or a day and a time.
  edit: "Editar valoración",
  edit_until: "Puedes editar tu valoración hasta el {when}.",
  edit_title: "Editar tu valoración",
  edit_explained:
    "Lo que guardes sustituye a tu valoración pública, que indicará que se ha editado. Tú y la otra parte del contrato "
    + "podréis seguir viendo las versiones anteriores.",
  edit_unseen: "Esta página no puede mostrar lo que escribiste antes. Lo que guardes lo sustituye por completo.",
  edit_save: "Guardar cambios",
  edit_saved: "Tu valoración editada ya es pública.",
  edit_newer: "Tu valoración dice ahora:",
  edit_use_newer: "Partir de esta versión",

  // Feedback
  kind_mid_contract: "Durante el contrato",
  kind_end_of_contract: "Al finalizar el contrato",
  score_of: "{score} de 5",
  counts: "Cuenta para el Job Success Score",
  counts_not: "No cuenta para el Job Success Score",
  feedback: "Valoraciones",
  feedback_client: "Valoraciones sobre {freelancer}",
  feedback_freelancer: "Valoraciones que has recibido",
  no_feedback: "Este contrato aún no tiene valoraciones.",
  edited_on: "Editada el {date}",
  earlier_versions: "Versiones anteriores ({count})",
  replaced_on: "Sustituida el {date}",
  edited_after_reply: "La valoración se editó después de esta respuesta.",

  // Replies to feedback, by the freelancer. {when} is a day, or a day and a time.
  reply: "Responder",
  reply_until: "Puedes responder hasta el {when}.",
  reply_title: "Responder a la valoración de {client}",
  reply_explained:
    "Tu respuesta será pública y aparecerá debajo de la valoración. Durante un tiempo breve podrás cambiarla o retirarla.",
  reply_text: "Tu respuesta",
  reply_missing: "Escribe primero tu respuesta.",
  reply_send: "Publicar respuesta",
  reply_published: "Tu respuesta ya es pública.",
  reply_change: "Cambiar respuesta",
  reply_change_until: "Puedes cambiar tu respuesta o retirarla hasta el {when}.",
  reply_change_title: "Cambiar tu respuesta",
  reply_change_send: "Guardar respuesta",
  reply_changed: "Tu respuesta se ha cambiado.",
  reply_take_back: "Retirar respuesta",
  reply_take_back_title: "Retirar tu respuesta",
  reply_take_back_explained:
    "Dejará de mostrarse. Solo podrás escribir otra mientras no haya terminado el plazo para responder.",
  reply_taken_back: "Has retirado tu respuesta.",
  reply_from: "Respuesta de {freelancer}",
  reply_from_you: "Tu respuesta",
  reply_from_other: "Respuesta a esta valoración",
  reply_edited: "Cambiada el {when}",

  // Reporting feedback or a reply, and what was removed. Grounds are choices, and stand after "Reason:".
  report_feedback: "Denunciar valoración",
  report_reply: "Denunciar respuesta",
  report_explained:
    "El equipo de la plataforma comprobará si infringe sus normas. No diremos a la otra persona quién lo ha denunciado.",
  report_choice: "¿Qué problema hay?",
  report_missing: "Elige un motivo.",
  report_details: "Detalles (opcional)",
  report_details_hint: "Solo puede leerlos el equipo.",
  report_send: "Enviar denuncia",
  report_sent:
    "Gracias. El equipo de la plataforma revisará tu denuncia. Recibirás un mensaje cuando haya una decisión. Hasta "
    + "entonces, todo sigue visible.",
  ground_abusive: "Lenguaje ofensivo",
  ground_abusive_hint: "Insultos, amenazas, acoso u odio",
  ground_off_topic: "No trata del trabajo",
  ground_off_topic_hint: "Publicidad, spam u otro asunto",
  ground_private_information: "Información privada",
  ground_private_information_hint: "Por ejemplo, una dirección, un teléfono o un asunto de salud",
  ground_false_statement: "Afirmación falsa",
  ground_false_statement_hint:
    "Un hecho que se puede demostrar que es falso. Una mala puntuación es una opinión, no un hecho.",
  ground_extortion: "Extorsión",
  ground_extortion_hint: "Alguien la usó para exigir dinero, trabajo gratis o una valoración mejor",
  removed_feedback: "La plataforma eliminó esta valoración el {when}.",
  removed_reply: "La plataforma eliminó esta respuesta el {when}.",
  removed_ground: "Motivo: {ground}",

  // The inbox: all requests that wait for a client
  inbox_link: "Solicitudes pendientes",
  inbox_count: { one: "{count} solicitud espera tu respuesta.", other: "{count} solicitudes esperan tu respuesta." },
  inbox_first: {
    one: "Se muestra la solicitud con el plazo más próximo.",
    other: "Se muestran las {count} solicitudes con los plazos más próximos.",
  },
  inbox_empty: "No tienes nada pendiente",
  inbox_empty_text:
    "Cuando alguien te pida una valoración, la solicitud aparecerá aquí. También puedes valorar sin que te lo pidan, "
    + "en el contrato.",

  // Work history
  history_empty: "Aún no hay contratos",
  history_empty_text: "Los contratos aparecen aquí en cuanto empiezan, junto con sus valoraciones.",
  show_more: "Mostrar más",
  shown: { one: "Se muestra {count} contrato.", other: "Se muestran {count} contratos." },

  // The summary of a freelancer’s feedback
  summary_count: { one: "A partir de {count} valoración", other: "A partir de {count} valoraciones" },
  summary_none: "Ninguna todavía.",
  summary_empty: "Aún no hay valoraciones.",
  summary_missing: "No hemos podido cargar el resumen de las valoraciones.",

  // Turning e-mails off and on
  preferences_legend: "Correos sobre solicitudes de valoración",
  preferences_subscribed: "Quiero recibirlos",
  preferences_subscribed_hint: "Recibes un correo cuando te piden una valoración, y recordatorios.",
  preferences_unsubscribed: "No quiero recibirlos",
  preferences_unsubscribed_hint:
    "Vale para todos tus contratos. Las solicitudes siguen en la plataforma y puedes responderlas allí.",
  preferences_save: "Guardar",
  preferences_saved_subscribed: "Guardado. Vuelves a recibir correos sobre solicitudes de valoración.",
  preferences_saved_unsubscribed: "Guardado. Ya no recibirás correos sobre solicitudes de valoración.",
  preferences_unchanged: "Elige la otra opción para cambiarlo.",

  // When a call to the API fails: a title and a text for each code.
  // A text in _at is shown before the others if the API says when something closed; a text in _until is shown after
  // them if the API says when something will close.
  problem_signed_out: "Inicia sesión",
  problem_signed_out_text:
    "Inicia sesión en la plataforma y abre esta página desde allí. Lo que hayas escrito se conserva en esta pestaña "
    + "del navegador.",
  problem_not_found: "Página no encontrada",
  problem_not_found_text:
    "Es posible que falte una parte de la dirección. Vuelve a abrir la página desde la plataforma o usa el enlace "
    + "completo.",
  problem_contract_not_found: "No hemos encontrado este contrato",
  problem_contract_not_found_text:
    "Revisa la dirección. Solo puedes ver los contratos en los que participas como cliente o como freelancer.",
  problem_request_not_found: "No hemos encontrado esta solicitud",
  problem_request_not_found_text: "Vuelve a abrir el contrato para ver sus solicitudes.",
  problem_feedback_not_found: "No hemos encontrado esta valoración",
  problem_feedback_not_found_text: "Vuelve a abrir el contrato para ver sus valoraciones.",
  problem_link_invalid: "Este enlace no funciona",
  problem_link_invalid_text:
    "Es posible que le falte una parte. Vuelve a abrirlo desde el correo o copia el enlace completo. También puedes "
    + "iniciar sesión en la plataforma y dar allí tu valoración.",
  problem_preferences_link_invalid: "Este enlace no funciona",
  problem_preferences_link_invalid_text:
    "Es posible que le falte una parte. Vuelve a abrirlo desde el correo o copia el enlace completo.",
  problem_link_expired: "Esta solicitud ha vencido",
  problem_link_expired_at: "El plazo para responder terminó el {when}.",
  problem_link_expired_text: "Es posible que recibas otra solicitud.",
  problem_link_expired_unprompted: "Aún puedes dar tu valoración",
  problem_link_expired_unprompted_at: "El plazo de esta solicitud terminó el {when}.",
  problem_link_expired_unprompted_text: "Puedes dar tu valoración sin ella: inicia sesión y abre el contrato.",
  problem_already_answered: "Esta solicitud ya tiene respuesta",
  problem_already_answered_at: "La valoración se dio el {when}.",
  problem_already_answered_text: "Es pública. No tienes que hacer nada más.",
  problem_contract_ended: "Este contrato ha finalizado",
  problem_contract_ended_at: "Finalizó el {when}, lo que también cerró esta solicitud.",
  problem_contract_ended_text: "Puedes dar tu valoración final en la plataforma.",
  problem_request_cancelled: "Esta solicitud se ha cancelado",
  problem_request_cancelled_at: "Se canceló el {when}.",
  problem_request_cancelled_text: "No hace falta que respondas.",
  problem_request_declined: "Has rechazado esta solicitud",
  problem_request_declined_at: "La rechazaste el {when}.",
  problem_request_declined_text: "No tienes que hacer nada más.",
  problem_request_declined_unprompted_text:
    "Si has cambiado de opinión, aún puedes dar tu valoración: inicia sesión y abre el contrato.",
  problem_request_withdrawn: "Esta solicitud se ha retirado",
  problem_request_withdrawn_at: "Se retiró el {when}.",
  problem_request_withdrawn_text: "No hace falta que respondas.",
  problem_request_withdrawn_unprompted_text:
    "Puedes dar tu valoración sin ella: inicia sesión y abre el contrato.",
  problem_link_superseded: "Este enlace ya no funciona",
  problem_link_superseded_text:
    "Tu dirección de correo ha cambiado desde que se envió. Usa el enlace del correo a tu nueva dirección, o inicia sesión "
    + "en la plataforma y responde allí.",
  problem_not_eligible: "Por ahora no es posible",
  problem_not_eligible_text: "Algo ha cambiado desde que abriste esta página.",
  problem_request_pending: "Ya tienes una solicitud abierta",
  problem_request_pending_text: "Podrás enviar otra cuando tenga respuesta o haya vencido.",
  problem_request_pending_until: "Vence el {when}.",
  problem_request_closed: "Esta solicitud ya está cerrada",
  problem_request_closed_at: "Se cerró el {when}.",
  problem_request_closed_text: "Su estado ahora es: {status}.",
  problem_not_answered: "Esta solicitud aún no tiene respuesta",
  problem_not_answered_text: "Vuelve a abrir el enlace del correo para responderla.",
  problem_correction_closed: "Tu valoración ya no se puede editar",
  problem_correction_closed_at: "El plazo para editarla terminó el {when}.",
  problem_correction_closed_text: "Sigue siendo pública tal como está.",
  problem_too_many_corrections: "Tu valoración no se puede volver a editar",
  problem_too_many_corrections_text:
    "Se ha editado tantas veces como es posible y sigue siendo pública tal como está.",
  problem_revision_mismatch: "Tu valoración ha cambiado desde que empezaste a editarla",
  problem_revision_mismatch_text:
    "Se editó en otro lugar, por ejemplo en otra pestaña. Lo que escribiste se conserva. Si lo guardas ahora, sustituye "
    + "a esa versión más reciente.",
  problem_feedback_removed: "La plataforma ha eliminado este texto",
  problem_feedback_removed_text: "Ya no se puede cambiar, responder ni denunciar.",
  problem_reply_closed: "El plazo para tu respuesta ha terminado",
  problem_reply_closed_at: "Terminó el {when}.",
  problem_reply_closed_text: "Ya no puedes escribir, cambiar ni retirar una respuesta a esta valoración.",
  problem_already_reported: "Ya lo has denunciado",
  problem_already_reported_text:
    "Recibirás un mensaje cuando haya una decisión. Después, solo se revisará de nuevo si el texto cambia.",
  problem_not_the_client: "Solo es posible como cliente",
  problem_not_the_client_text: "Has iniciado sesión, pero no como cliente de este contrato.",
  problem_not_the_freelancer: "Solo es posible como freelancer",
  problem_not_the_freelancer_text: "Has iniciado sesión, pero no como freelancer de este contrato.",
  problem_requests_not_enabled: "Aún no puedes pedir valoraciones",
  problem_requests_not_enabled_text: "Estamos activando esta opción poco a poco.",
  problem_invalid_request: "Revisa los datos",
  problem_invalid_request_text: "Los avisos de abajo indican qué hay que cambiar.",
  problem_too_large: "Tu texto es demasiado largo",
  problem_too_large_text: "Acórtalo y vuelve a intentarlo.",
  problem_busy: "El servicio está saturado",
  problem_busy_text: "Vuelve a intentarlo en un momento.",
  problem_busy_for: {
    one: "Vuelve a intentarlo en {count} segundo.",
    other: "Vuelve a intentarlo en {count} segundos.",
  },
  problem_unreachable: "No hemos podido conectar con el servicio",
  problem_unreachable_text: "Revisa tu conexión y vuelve a intentarlo.",
  problem_refused: "No es posible",
  problem_refused_text: "Respuesta del servicio: {detail}",
  problem_unexpected: "Algo ha salido mal",
  problem_unexpected_text: "El error es nuestro. Vuelve a intentarlo más tarde.",
  input_kept: "Lo que has escrito se conserva. Puedes reintentarlo sin riesgo: solo cuenta una vez.",
  reference: "Si contactas con el equipo de asistencia, indica la referencia {reference}.",
};

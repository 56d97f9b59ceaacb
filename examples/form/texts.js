// Слова формы на двух языках; в фигурных скобках — значения.

const TEXTS = {
  ru: {
    shop: "Магазин",
    title: "Регистрация",
    lead: "Нужны имя и email, остальное — по желанию.",
    name: "Имя",
    email: "Email",
    phone: "Телефон",
    age: "Возраст",
    gender: "Пол",
    genderUnsaid: "Не указан",
    genderFemale: "Женский",
    genderMale: "Мужской",
    country: "Страна",
    address: "Адрес",
    optional: "необязательно",
    register: "Зарегистрироваться",
    errors: "Исправьте, пожалуйста",
    taken: "Вы уже с нами",
    takenMore:
      "Покупатель с этим адресом уже зарегистрирован: ещё раз не нужно. Если это не вы, проверьте, нет ли опечатки.",
    sending: "Отправляем…",
    waiting: "Ответа пока нет. Повторим через {seconds} с: попытка {attempt} из {attempts}.",
    offline: "Нет связи. Всё, что вы ввели, остаётся здесь; отправим, когда связь вернётся.",
    offlineNow: "Нет связи. Заполнять можно и так: отправите, когда она вернётся.",
    unanswered:
      "Ответа нет. Введённое на месте: нажмите кнопку ещё раз. Дважды вас не зарегистрируют.",
    restored:
      "На прошлую попытку ответ не пришёл. Нажмите кнопку ещё раз. Дважды вас не зарегистрируют.",
    fault: "Форма ошиблась, а не вы. Сообщите нам этот номер: {id}",
    done: "Спасибо, {name}!",
    doneMore: "Вы зарегистрированы под номером {id}. Ваш адрес: {email}",
    acceptedMore: "Остальное — в письме на {email}",
    required: "Заполните это поле",
    not_a_whole_number: "Целое число, цифрами",
    too_long: "Не длиннее {max} знаков",
    out_of_range: "От {min} до {max}",
    control_character: "Здесь есть невидимые знаки: наберите заново",
    invalid_email: "Не похоже на адрес. Пример: ivan@example.ru",
    email_taken: "Этот адрес уже зарегистрирован",
  },
  en: {
    shop: "The shop",
    title: "Register",
    lead: "We need a name and an e-mail; the rest is up to you.",
    name: "Name",
    email: "E-mail",
    phone: "Phone",
    age: "Age",
    gender: "Gender",
    genderUnsaid: "Not said",
    genderFemale: "Female",
    genderMale: "Male",
    country: "Country",
    address: "Address",
    optional: "optional",
    register: "Register",
    errors: "Please correct",
    taken: "You are with us already",
    takenMore:
      "A customer with this e-mail is registered: there is nothing more to do. If that is not you, look for a typing mistake.",
    sending: "Sending…",
    waiting: "No answer yet. Next try in {seconds} s: {attempt} of {attempts}.",
    offline: "No connection. All you typed stays here; it is sent when the connection is back.",
    offlineNow: "No connection. You can fill the form in, and send it when it is back.",
    unanswered:
      "There is no answer. All you typed is here: press the button again. You will not be registered twice.",
    restored:
      "Your last try got no answer. Press the button again. You will not be registered twice.",
    fault: "The form is at fault, not you. Please tell us this number: {id}",
    done: "Thank you, {name}!",
    doneMore: "You are registered, as number {id}. Your e-mail: {email}",
    acceptedMore: "The rest is in a letter to {email}",
    required: "Please fill this in",
    not_a_whole_number: "A whole number, in digits",
    too_long: "At most {max} characters",
    out_of_range: "From {min} to {max}",
    control_character: "There are invisible characters here: type it anew",
    invalid_email: "This is no e-mail address. An example: ivan@example.ru",
    email_taken: "This e-mail is registered already",
  },
};

export const LANGUAGES = Object.keys(TEXTS);

// Русский — тому, кто его просит; остальным английский, как и в ответах сервиса.
export const LANGUAGE = navigator.languages.some((tag) => /^ru\b/i.test(tag)) ? "ru" : "en";

export function text(language, name, values = {}) {
  return TEXTS[language][name]?.replace(/{(\w+)}/g, (_, key) => values[key]);
}

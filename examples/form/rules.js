// Правила полей из описания сервиса: проверить то, о чём можно сказать, не спрашивая его.
// Судит всё равно сервис: без описания форма работает, только ошибки видны позже.

export async function loadRules(api) {
  try {
    const answer = await fetch(`${api}/openapi.json`);
    const { RegisterCustomer: schema } = (await answer.json()).components.schemas;
    return Object.entries(schema.properties).map(([name, rule]) => ({
      ...rule,
      name,
      required: schema.required.includes(name),
    }));
  } catch {
    return [];
  }
}

// Значение поля в том виде, в котором его ждёт сервис; незаполненного нет вовсе.
export function valueOf(name, typed) {
  const value = typed.trim();
  if (!value) return undefined;
  return name === "age" && /^\d{1,9}$/.test(value) ? Number(value) : value;
}

// Нарушенные правила в том же виде, в котором их называет сервис в errors.
export function brokenRules(rules, customer) {
  return rules.flatMap((rule) => {
    const [code, limits = {}] = broken(rule, customer[rule.name]) ?? [];
    return code ? [{ field: rule.name, code, limits }] : [];
  });
}

function broken(rule, value) {
  if (value === undefined) return rule.required ? ["required"] : undefined;
  if ([rule.type].flat().includes("integer")) return brokenNumber(rule, value);
  // Длина — в знаках, а не в единицах UTF-16, которые считает maxlength.
  if ([...value.normalize("NFC")].length > rule.maxLength) {
    return ["too_long", { max: rule.maxLength }];
  }
  if (rule.format === "idn-email" && !/^[^\s@]+@[^\s@]+$/.test(value)) return ["invalid_email"];
  if (rule.pattern && !new RegExp(rule.pattern).test(value)) return ["control_character"];
  return undefined;
}

function brokenNumber({ minimum, maximum }, value) {
  if (!Number.isInteger(value)) return ["not_a_whole_number"];
  if (value < minimum || value > maximum) return ["out_of_range", { min: minimum, max: maximum }];
  return undefined;
}

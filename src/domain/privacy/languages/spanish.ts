import type { NumberWords } from '../number-language.js';

/** `treinta y uno` joins tens and unit with `y`; 21 to 29 are one word. */
export const SPANISH: NumberWords = {
  code: 'es',
  digits: ['cero', 'uno un una', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve'],
  twoDigits: {
    diez: 10, once: 11, doce: 12, trece: 13, catorce: 14, quince: 15, dieciséis: 16, dieciseis: 16, diecisiete: 17, dieciocho: 18, diecinueve: 19,
    veintiuno: 21, veintiún: 21, veintidós: 22, veintidos: 22, veintitrés: 23, veintitres: 23, veinticuatro: 24, veinticinco: 25, veintiséis: 26, veintiseis: 26, veintisiete: 27, veintiocho: 28, veintinueve: 29,
  },
  tens: { veinte: 20, treinta: 30, cuarenta: 40, cincuenta: 50, sesenta: 60, setenta: 70, ochenta: 80, noventa: 90 },
  tensJoiners: 'y',
  repeats: { doble: 2, triple: 3, cuádruple: 4 },
  timesWords: 'veces',
  hundreds: 'cien ciento cientos',
  thousands: 'mil',
  fillers: 'eh em este pues y luego entonces después guion guión coma punto espacio bueno vale ok sigue',
  units: 'euro euros dólar dólares peso pesos céntimos centavos minutos minuto horas hora días día semanas meses años calle piso kilómetros metros segundos',
  marks: {
    card: 'tarjeta|tarjetas|tarjeta de crédito|tarjeta de débito|crédito|débito|visa|mastercard|amex|american express|maestro',
    cvv: 'cvv|cvc|código de seguridad|codigo de seguridad|código de verificación|tres dígitos de atrás|tres números de atrás|tres cifras de atrás',
    expiry: 'caduca|caducidad|fecha de caducidad|vence|vencimiento|fecha de vencimiento|válida hasta|expira|expiración',
    month: 'enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre',
    other: 'número de teléfono|número de pedido|número de cliente|número de móvil|número de factura|número de seguimiento|número de cuenta|fecha de nacimiento|iban|código postal',
  },
};

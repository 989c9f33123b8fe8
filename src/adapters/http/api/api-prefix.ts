/** Where operations are. A break gets another one. */
export const API_PREFIX = '/api/v1';

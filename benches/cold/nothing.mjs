export const ask = async () => true;

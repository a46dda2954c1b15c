/** That a message came in: by which consumer, and its id. The inbox keeps each once. */
export interface Receipt {
  consumer: string;
  eventId: string;
}

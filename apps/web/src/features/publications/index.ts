export { PublicationOffers } from "./components/publication-offers";

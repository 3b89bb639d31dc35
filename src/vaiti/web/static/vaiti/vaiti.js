import "./forms.js";
import "./player.js";

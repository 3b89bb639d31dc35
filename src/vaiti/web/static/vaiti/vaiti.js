import "./forms.js";
import "./player.js";
import "./passkeys.js";
